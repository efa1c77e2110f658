"""The identity provider that a service under test believes, and the tokens of its users."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any

from .issuer import Issuer
from .keys import SigningKey
from .providers import PROVIDERS, Provider
from .target import Target


class Identity:
    """A provider of one kind, on an issuer of the suite's own."""

    def __init__(self, kind: str) -> None:
        self.provider: Provider = PROVIDERS[kind]
        self.issuer = Issuer(self.provider.path, self.provider.algorithms[0])
        self.name = self.provider.issuer or self.issuer.name

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service that believes it."""
        return self.provider.settings(self.issuer.url)

    def claims(self, **changes: object) -> dict[str, Any]:
        """Return the claims of a good token of a new user; None leaves a claim out."""
        now = int(time.time())
        times = {"iat": now, "exp": now + 3600}
        return {
            "iss": self.name,
            **self.provider.claims,
            "sub": str(uuid.uuid4()),
            **times,
            **changes,
        }

    def token(self, key: SigningKey | None = None, **changes: object) -> str:
        """Return a token that is good but for the changes."""
        return (key or self.issuer.key).token(self.claims(**changes))


def believing(target: Target, identity: Identity) -> Target:
    """Return the target with settings that make it believe this provider."""
    environment = {**target.environment, **identity.settings}
    return replace(target, environment=environment, identity=identity)
