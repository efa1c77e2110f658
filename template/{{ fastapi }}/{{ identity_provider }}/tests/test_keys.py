"""When the keys are fetched, and what holds while they cannot be."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from jwt import PyJWK

from app.auth import keys as limits
from app.auth.key_source import KeySource
from app.auth.keys import SigningKeys
from app.problems import InvalidToken, Unavailable
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.identity import bearer, claims
from tests.issuer import KEYS, PATIENCE_SECONDS, Issuer, Key

ALGORITHM = "RS256"
ITEMS = "/api/v1/items"


class Clock:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def own() -> Iterator[Issuer]:
    """Give a provider that no other test uses."""
    with Issuer(ALGORITHM).running() as issuer:
        yield issuer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(own: Issuer, clock: Clock) -> SigningKeys:
    source = KeySource(own.url, own.jwks_url, algorithms=(ALGORITHM,), production=False)
    return SigningKeys(source, now=clock)


type Find = Callable[..., asyncio.Task[PyJWK]]


@pytest.fixture
def find(keys: SigningKeys, own: Issuer) -> Find:
    """Give what looks a key up, by default the provider's present one."""

    def find(kid: str | None = None) -> asyncio.Task[PyJWK]:
        return asyncio.ensure_future(keys.find(kid or own.key.kid, ALGORITHM))

    return find


def break_down(issuer: Issuer) -> None:
    issuer.answer(KEYS, b"", status=500)


def recover(issuer: Issuer) -> None:
    issuer.answers.clear()


async def test_one_fetch_serves_all(find: Find, own: Issuer, clock: Clock) -> None:
    own.awake.clear()
    waiting = [find() for _ in range(20)]
    await asyncio.sleep(0.1)
    clock.time += limits.RETRY_SECONDS
    waiting += [find() for _ in range(20)]
    await asyncio.sleep(0.1)
    own.awake.set()
    assert {key.key_id for key in await asyncio.gather(*waiting)} == {own.key.kid}
    await find()
    assert own.asked == [KEYS]


async def test_given_up_request_takes_nobody_with_it(find: Find, own: Issuer) -> None:
    own.awake.clear()
    first, second = find(), find()
    await asyncio.sleep(0.05)
    first.cancel()
    own.awake.set()
    assert (await second).key_id == own.key.kid


async def test_keys_are_fresh_for_a_while(find: Find, own: Issuer, clock: Clock) -> None:
    await find()
    clock.time += limits.FRESH_SECONDS - 1
    await find()
    assert len(own.asked) == 1
    clock.time += 1
    await find()
    assert len(own.asked) == 2


async def test_withdrawn_key_ends_with_its_freshness(find: Find, own: Issuer, clock: Clock) -> None:
    old = own.key.kid
    await find()
    own.rotate()
    await find(old)
    clock.time += limits.FRESH_SECONDS
    with pytest.raises(InvalidToken):
        await find(old)


async def test_new_key_is_found_at_once(find: Find, own: Issuer) -> None:
    await find()
    own.rotate()
    assert (await find()).key_id == own.key.kid
    assert len(own.asked) == 2


async def test_flood_of_made_up_keys_costs_one_fetch(find: Find, own: Issuer, clock: Clock) -> None:
    await find()
    answers = await asyncio.gather(*(find(f"no-{n}") for n in range(50)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {InvalidToken}
    assert len(own.asked) == 2
    own.rotate()
    clock.time += limits.COOLDOWN_SECONDS - 1
    with pytest.raises(InvalidToken):
        await find()
    clock.time += 1
    assert (await find()).key_id == own.key.kid
    assert len(own.asked) == 3


async def test_known_keys_do_not_wait_behind_unknown_ones(find: Find, own: Issuer) -> None:
    await find()
    own.awake.clear()
    unknown = find("unknown")
    await asyncio.sleep(0.05)
    assert (await asyncio.wait_for(find(), 1)).key_id == own.key.kid
    own.awake.set()
    with pytest.raises(InvalidToken):
        await unknown


async def test_keys_outlive_their_provider(find: Find, own: Issuer, clock: Clock) -> None:
    await find()
    break_down(own)
    for _ in range(3):
        clock.time += limits.FRESH_SECONDS
        await find()
    clock.time += limits.USABLE_SECONDS
    with pytest.raises(Unavailable):
        await find()
    recover(own)
    clock.time += limits.RETRY_SECONDS
    assert (await find()).key_id == own.key.kid


async def test_nobody_waits_again_for_a_provider_that_is_down(
    find: Find, own: Issuer, clock: Clock
) -> None:
    await find()
    break_down(own)
    clock.time += limits.FRESH_SECONDS
    await find()
    own.awake.clear()
    clock.time += limits.COOLDOWN_SECONDS
    assert (await asyncio.wait_for(find(), 1)).key_id == own.key.kid


async def test_unknown_key_of_a_broken_provider_is_no_verdict(find: Find, own: Issuer) -> None:
    await find()
    break_down(own)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await find("unknown")
    assert len(own.asked) == 2


async def test_without_any_key_it_is_tried_again_soon(
    find: Find, own: Issuer, clock: Clock
) -> None:
    break_down(own)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await find()
    assert len(own.asked) == 1
    recover(own)
    clock.time += limits.RETRY_SECONDS
    assert (await find()).key_id == own.key.kid


async def test_others_are_served_while_the_provider_hangs(serve: Serve, own: Issuer) -> None:
    async with serve(oidc_jwks_url=own.jwks_url) as client:
        own.awake.clear()
        key = Key("any", "RS256")
        waiting = asyncio.create_task(client.get(ITEMS, headers=bearer(key.sign(claims()))))
        await asyncio.to_thread(own.reached.wait, PATIENCE_SECONDS)
        for path, status in (("/health/live", 200), ("/health/ready", 200), (ITEMS, 401)):
            answer = await asyncio.wait_for(client.get(path), 1)
            assert answer.status_code == status
        assert not waiting.done()
        own.awake.set()
        await waiting


async def test_outage_at_the_start_is_none_of_the_clients_fault(serve: Serve) -> None:
    down = Issuer(ALGORITHM)
    with down.running():
        pass
    async with serve(oidc_jwks_url=down.jwks_url) as client:
        key = Key("any", "RS256")
        answer = await client.get(ITEMS, headers=bearer(key.sign(claims())))
        assert_problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await client.get("/health/live")).status_code == 200
