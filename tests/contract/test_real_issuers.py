"""§6 with providers that are not of our making: what they really put into tokens and key sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from .real_issuers import Cognito, Keycloak, OidcProvider, cognito, keycloak, oidc_provider
from .service import Service, eventually
from .target import Target
from .test_provider_tokens import assert_accepted, assert_refused, use

pytestmark = [pytest.mark.identity_provider, pytest.mark.every_provider]


@pytest.fixture(scope="session")
def provider() -> Iterator[OidcProvider]:
    with oidc_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def pool() -> Iterator[Cognito]:
    with cognito() as pool:
        pool.sign_up("ben")
        pool.sign_up("ada", admin=True)
        yield pool


@pytest.fixture(scope="session")
def keycloaks() -> Iterator[Callable[[Path], Keycloak]]:
    """Give a server for a realm file; one for all projects that have the same: it takes 350 MB."""
    servers: dict[str, Keycloak] = {}
    with ExitStack() as stack:

        def server(realm_file: Path) -> Keycloak:
            text = realm_file.read_text(encoding="utf-8")
            if text not in servers:
                servers[text] = stack.enter_context(keycloak(realm_file))
            return servers[text]

        yield server


def configured(target: Target, settings: dict[str, str]) -> Target:
    """Return the target with the settings of a real provider only."""
    return replace(target, environment=settings, identity=None)


@pytest.mark.provider("oidc")
class TestOidcProvider:
    """npm's oidc-provider, through discovery."""

    def test_its_tokens(self, target: Target, provider: OidcProvider) -> None:
        with Service(configured(target, provider.settings)) as service:
            ben, ada = provider.tokens("ben"), provider.tokens("ada")
            me = assert_accepted(service, ben["access"])
            assert (me["id"], me["role"]) == ("ben", "user")
            assert assert_accepted(service, ada["access"])["role"] == "admin"
            assert assert_accepted(service, provider.machine())["id"] == "machine"
            assert_refused(service, ben["id"])
            assert_refused(service, ben["other"])
            provider.rotate("ES256")
            assert_accepted(service, provider.tokens("ben")["access"])


@pytest.mark.provider("cognito")
class TestCognito:
    """moto's user pools: real RS256 tokens in Cognito's shape, emulated by the server."""

    def test_its_tokens(self, target: Target, pool: Cognito) -> None:
        with Service(configured(target, pool.settings)) as service:
            ben, ada = pool.tokens("ben", pool.client), pool.tokens("ada", pool.client)
            assert assert_accepted(service, ben["AccessToken"])["role"] == "user"
            assert assert_accepted(service, ada["AccessToken"])["role"] == "admin"
            assert_refused(service, ben["IdToken"])
            foreign = pool.tokens("ben", pool.other_client)
            assert_refused(service, foreign["AccessToken"])
            assert_refused(service, foreign["IdToken"])


@pytest.mark.provider("keycloak")
@pytest.mark.only_with_all
class TestKeycloak:
    """Keycloak itself, with the realm file that the project brings for development."""

    @pytest.fixture
    def server(self, target: Target, keycloaks: Callable[[Path], Keycloak]) -> Keycloak:
        return keycloaks(target.directory / "keycloak" / "realm.json")

    def test_its_tokens(self, target: Target, server: Keycloak) -> None:
        with Service(configured(target, server.settings)) as service:
            user, admin = server.tokens("user"), server.tokens("admin")
            me = assert_accepted(service, user["access_token"])
            assert (me["email"], me["role"]) == ("user@example.com", "user")
            assert assert_accepted(service, admin["access_token"])["role"] == "admin"
            for name in ("id_token", "refresh_token"):
                assert_refused(service, user[name])
            # Another client of the realm, without the audience mapper, and another realm.
            assert_refused(service, server.tokens("user", "admin-cli")["access_token"])
            assert_refused(service, server.foreign_tokens()["access_token"])
            server.rotate()
            token = server.tokens("user")["access_token"]
            assert eventually(lambda: use(service, token).status_code == 200, seconds=12)
