"""Who calls: subjects with a token of the identity provider."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.auth import provider
from tests.issuer import Issuer, lifetime
from tests.provider_tokens import ACCESS_TOKEN

# Its port is known from now on; it answers while the tests run.
ISSUER = Issuer(provider.ALGORITHMS[0])
SETTINGS = {
    "oidc_issuer": provider.EXAMPLE_ISSUER,
    "oidc_audience": provider.EXAMPLE_AUDIENCE,
    "oidc_jwks_url": ISSUER.jwks_url,
    # Not every provider has a claim that is safe for everybody.
    "oidc_roles_claim": provider.ROLES_CLAIM or "metadata.role",
}


@pytest.fixture(scope="session", autouse=True)
def issuer() -> Iterator[Issuer]:
    with ISSUER.running():
        yield ISSUER


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims(**changes: object) -> dict[str, Any]:
    """Return the claims of a good token; a change to None leaves a claim out."""
    times = lifetime(iat=0, exp=300)
    return {"iss": SETTINGS["oidc_issuer"], **ACCESS_TOKEN, **times, **changes}


def headers_of(**changes: object) -> dict[str, str]:
    """Return the headers of a caller with these claims."""
    return bearer(ISSUER.key.sign(claims(**changes)))


@pytest.fixture
def headers() -> dict[str, str]:
    """Give the headers of a signed-in caller whom nobody has seen before."""
    return headers_of(sub=str(uuid4()))


@pytest.fixture
def foreign_headers() -> dict[str, str]:
    """Give the headers of another caller."""
    return headers_of(sub=str(uuid4()))
