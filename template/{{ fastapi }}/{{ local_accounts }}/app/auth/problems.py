"""The errors of signing up and signing in."""

from collections.abc import Mapping
from typing import ClassVar

from app.problems import Problem


class EmailTaken(Problem):
    status, code = 409, "email_taken"
    text = "The e-mail address belongs to another account."


class InvalidCredentials(Problem):
    status, code = 401, "invalid_credentials"
    text = "The e-mail address or the password is wrong."
    fixed_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}
