"""§5: what a stolen database gives away."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from .accounts import log_in, open_account, refresh
from .service import Service
from .storage import password_hash_of, refresh_token_hashes, set_password_hash

pytestmark = pytest.mark.local_accounts

# OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
CURRENT = re.compile(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]+\$[\w+/]+")
OLD_PASSWORD = "an old password of hers"
OLD_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$32X+1I4OV5BQ14fm8UFzBA$m6iJgEhVXCe0wiEXy8ycYVid6ODzT6lSdmEdF18NthI"
)


def test_password_is_a_slow_hash(service: Service) -> None:
    account = open_account(service)
    assert CURRENT.fullmatch(password_hash_of(service.target, account.email))


def test_hash_with_other_parameters_is_replaced_at_login(service: Service) -> None:
    email = open_account(service).email
    set_password_hash(service.target, email, OLD_HASH)
    for _ in range(2):
        assert log_in(service, email, OLD_PASSWORD).status_code == 200
        assert CURRENT.fullmatch(password_hash_of(service.target, email))


def test_refresh_token_is_a_hash(service: Service) -> None:
    first = open_account(service).refresh_token
    second = refresh(service, first).json()["refresh_token"]
    stored = refresh_token_hashes(service.target)
    for token in (first, second):
        assert sha256(token.encode()).hexdigest() in stored
        assert token.encode().hex() not in stored
