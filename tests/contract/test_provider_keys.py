"""§6: where the keys of an identity provider come from, and what holds while they do not come."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .checks import assert_problem
from .identity import Identity, believing
from .issuer import Issuer, Reply
from .keys import SigningKey
from .providers import JWKS
from .service import Service, at_once, eventually, free_port
from .target import Target
from .test_provider_tokens import ME, assert_accepted, assert_refused, use

pytestmark = pytest.mark.identity_provider

# A host that does not exist: only a proxy can answer for it.
ELSEWHERE = "http://keys.example.test"
COOLDOWN_SECONDS = 10
TIMEOUT_SECONDS = 3


@pytest.fixture
def identity(target: Target) -> Iterator[Identity]:
    """A provider that no other test uses, running."""
    identity = Identity(target.auth)
    with identity.issuer:
        yield identity


def served(identity: Identity, target: Target) -> Service:
    return Service(believing(target, identity))


def assert_accepted_soon(service: Service, token: str) -> None:
    """Check that the token is accepted when the cooldown is over, at the latest."""

    def accepted() -> bool:
        return use(service, token).status_code == 200

    assert eventually(accepted, seconds=COOLDOWN_SECONDS + 2), "it is not accepted"


def assert_fetched_in_vain(
    service: Service, identity: Identity, path: str, reply: Reply, case: str
) -> None:
    """Check that what the path replies is fetched, and that it is an outage."""
    issuer, asked = identity.issuer, identity.issuer.asked[path]
    issuer.replies[path] = reply

    def fetched() -> bool:
        # The fetch before may have failed just now: then the service waits a moment.
        return use(service, identity.token()).status_code == 503 and issuer.asked[path] > asked

    assert eventually(fetched, seconds=COOLDOWN_SECONDS + 2), case
    assert_unavailable(service, identity.token())


def assert_unavailable(service: Service, token: str) -> None:
    assert_problem(use(service, token), 503, "unavailable")


class TestRotation:
    def test_new_key_is_accepted_at_once(self, target: Target, identity: Identity) -> None:
        with served(identity, target) as service:
            assert_accepted(service, identity.token())
            identity.issuer.rotate()
            assert_accepted(service, identity.token())
            assert identity.issuer.asked[JWKS] == 2

    def test_flood_of_made_up_keys_is_one_fetch(self, target: Target, identity: Identity) -> None:
        algorithm = identity.issuer.key.algorithm
        forger = SigningKey("forged", algorithm)
        with served(identity, target) as service:
            assert_accepted(service, identity.token())
            started = time.monotonic()

            def forge(_: int) -> set[int]:
                claims = identity.claims()
                headers = [{"kid": secrets.token_hex(8)} for _ in range(15)]
                return {use(service, forger.token(claims, each)).status_code for each in headers}

            assert set().union(*at_once(8, forge)) == {401}
            allowed = 1 + int((time.monotonic() - started) / COOLDOWN_SECONDS) + 1
            assert identity.issuer.asked[JWKS] <= 1 + allowed
            assert_accepted(service, identity.token())
            # A real new key has to wait behind the flood, but not longer than the cooldown.
            identity.issuer.rotate()
            assert_accepted_soon(service, identity.token())
            assert identity.issuer.asked[JWKS] <= 2 + allowed


class TestOutage:
    def test_keys_are_used_while_the_provider_is_down(
        self, target: Target, identity: Identity
    ) -> None:
        with served(identity, target) as service:
            assert_accepted(service, identity.token())
            identity.issuer.stop()
            for _ in range(3):
                assert_accepted(service, identity.token())
            unknown = SigningKey("unknown", identity.issuer.key.algorithm)
            assert use(service, identity.token(unknown)).status_code in {401, 503}
            assert_accepted(service, identity.token())

    def test_provider_that_is_down_at_the_start(self, target: Target, identity: Identity) -> None:
        identity.issuer.stop()
        with served(identity, target) as service:
            assert service.get("/health/ready").status_code == 200
            started = time.monotonic()
            for token in (identity.token(), identity.token(sub="x")):
                assert_unavailable(service, token)
            assert time.monotonic() - started < 2 * (TIMEOUT_SECONDS + 1)
            for token in ("x", "a.b.c"):
                assert_refused(service, token)
            assert_problem(service.get(ME), 401, "unauthenticated")
            identity.issuer.start()
            assert_accepted_soon(service, identity.token())

    def test_others_are_served_while_it_hangs(self, target: Target, identity: Identity) -> None:
        with served(identity, target) as service, ThreadPoolExecutor(4) as pool:
            identity.issuer.awake.clear()
            started = time.monotonic()
            waiting = [pool.submit(use, service, identity.token()) for _ in range(4)]
            assert eventually(lambda: identity.issuer.asked.total() > 0)
            for path in ("/health/live", "/health/ready", "/openapi.json", "/api/v1/items"):
                response = service.get(path, timeout=1)
                assert response.status_code in {200, 401, 404}, response.text
            assert not any(each.done() for each in waiting)
            for each in waiting:
                assert_problem(each.result(), 503, "unavailable")
            assert time.monotonic() - started < 2 * TIMEOUT_SECONDS + 2
            identity.issuer.awake.set()

    def test_slow_provider_is_waited_for(self, target: Target, identity: Identity) -> None:
        with served(identity, target) as service, ThreadPoolExecutor(1) as pool:
            identity.issuer.awake.clear()
            waiting = pool.submit(use, service, identity.token())
            assert eventually(lambda: identity.issuer.asked.total() > 0)
            time.sleep(1)
            identity.issuer.awake.set()
            assert waiting.result().status_code == 200


def html() -> Reply:
    return Reply(b"<!doctype html><title>Sign in</title>", headers={"Content-Type": "text/html"})


BROKEN: dict[str, Reply] = {
    "html": html(),
    "empty": Reply(b""),
    "no-object": Reply(b"[]"),
    "no-keys": Reply(b"{}"),
    "empty-set": Reply(b'{"keys": []}'),
    "odd-keys": Reply(b'{"keys": [1, null, {}, {"kty": "RSA"}, {"kty": "oct", "k": "AAAA"}]}'),
    "not-utf8": Reply(b'{"keys": "\xff"}'),
    "deep": Reply(b"[" * 60_000),
    "error": Reply(status=500),
    "unauthorized": Reply(b'{"keys": []}', status=401),
    "10-megabytes": Reply(b" " * 10_000_000),
}


class TestBrokenKeys:
    def test_whatever_comes_is_an_outage(self, target: Target, identity: Identity) -> None:
        """One service for all: it has to survive each of them."""
        issuer = identity.issuer
        with served(identity, target) as service:
            for case, reply in BROKEN.items():
                assert_fetched_in_vain(service, identity, JWKS, reply, case)
            assert issuer.sent_bytes < 5_000_000, "it reads all of ten megabytes"
            issuer.replies.clear()
            assert_accepted_soon(service, identity.token())
            # With keys at hand, none of this takes them away.
            for reply in (html(), BROKEN["empty-set"]):
                issuer.replies[JWKS] = reply
                unknown = SigningKey("unknown", issuer.key.algorithm)
                assert use(service, identity.token(unknown)).status_code in {401, 503}
                assert_accepted(service, identity.token())

    def test_broken_keys_do_not_spoil_the_others(self, target: Target, identity: Identity) -> None:
        good = identity.issuer.key.jwk
        bad = [1, None, {}, {**good, "n": 7, "x": 7}, {**good, "kid": 7}, {**good, "kty": "??"}]
        identity.issuer.replies[JWKS] = Reply(json.dumps({"keys": [*bad, good]}).encode())
        with served(identity, target) as service:
            assert_accepted(service, identity.token())

    def test_redirect_to_another_host_is_not_followed(
        self, target: Target, identity: Identity
    ) -> None:
        with Issuer(algorithm=identity.issuer.key.algorithm) as attacker:
            headers = {"Location": attacker.jwks_url.replace("127.0.0.1", "localhost")}
            identity.issuer.replies[JWKS] = Reply(status=302, headers=headers)
            with served(identity, target) as service:
                assert_unavailable(service, identity.token(attacker.key))
                assert_unavailable(service, identity.token())
            assert not attacker.asked


@pytest.mark.discovery
class TestDiscovery:
    def test_wrong_document_leads_nowhere(self, target: Target, identity: Identity) -> None:
        issuer = identity.issuer
        slash = issuer.name.removesuffix("/") if issuer.name.endswith("/") else f"{issuer.name}/"
        right = {"issuer": issuer.name, "jwks_uri": issuer.jwks_url}
        wrong: dict[str, dict[str, object]] = {
            "slash": {"issuer": slash},
            "other-name-of-the-host": {"issuer": issuer.name.replace("127.0.0.1", "localhost")},
            "no-issuer": {"issuer": None},
            "plain-http": {"jwks_uri": "http://keys.example/jwks"},
            "file": {"jwks_uri": "file:///etc/passwd"},
            "no-keys": {"jwks_uri": None},
        }
        with served(identity, target) as service:
            for case, change in wrong.items():
                document = json.dumps(right | change).encode()
                assert_fetched_in_vain(service, identity, issuer.discovery, Reply(document), case)
            assert issuer.asked[JWKS] == 0
            del issuer.replies[issuer.discovery]
            assert_accepted_soon(service, identity.token())

    def test_address_of_the_keys_can_be_set(self, target: Target, identity: Identity) -> None:
        issuer = identity.issuer
        with Service(believing(target, identity), OIDC_JWKS_URL=issuer.jwks_url) as service:
            assert_accepted(service, identity.token())
        assert issuer.asked.keys() == {JWKS}


class TestProxy:
    """The variables that curl and most clients honour; a proxy cannot reach our loopback."""

    @pytest.mark.parametrize(
        "names", [("HTTP_PROXY", "HTTPS_PROXY"), ("http_proxy", "https_proxy")]
    )
    def test_loopback_is_asked_directly(
        self, target: Target, identity: Identity, names: tuple[str, str]
    ) -> None:
        nowhere = dict.fromkeys(names, f"http://127.0.0.1:{free_port()}")
        with Service(believing(target, identity), **nowhere) as service:
            assert_accepted(service, identity.token())

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
    def test_others_are_asked_through_it(
        self, target: Target, identity: Identity, name: str
    ) -> None:
        issuer = identity.issuer
        issuer.replies[f"{ELSEWHERE}{JWKS}"] = issuer.reply(JWKS)
        settings: dict[str, str | None] = {
            "APP_ENV": "development",  # production asks for https
            "OIDC_JWKS_URL": f"{ELSEWHERE}{JWKS}",
            "NO_PROXY": "other.example.test,.example.org",
            name: issuer.url,
        }
        with Service(believing(target, identity), **settings) as service:
            assert_accepted(service, identity.token())
        assert issuer.asked_as_proxy

    def test_some_are_not(self, target: Target, identity: Identity) -> None:
        issuer = identity.issuer
        settings: dict[str, str | None] = {
            "APP_ENV": "development",
            "OIDC_JWKS_URL": f"{ELSEWHERE}{JWKS}",
            "HTTP_PROXY": issuer.url,
            "NO_PROXY": "localhost,.example.test",
        }
        with Service(believing(target, identity), **settings) as service:
            assert use(service, identity.token()).status_code == 503
        assert not issuer.asked_as_proxy
