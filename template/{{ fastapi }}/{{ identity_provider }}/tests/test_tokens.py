import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from httpx2 import AsyncClient

from app.auth import provider
from tests.checks import assert_problem
from tests.conftest import Serve
from tests.identity import bearer, claims, headers_of
from tests.issuer import Issuer, Key, lifetime
from tests.provider_tokens import ALSO_ACCEPTED, REFUSED

ME = "/api/v1/users/me"


async def take(client: AsyncClient, token: str) -> None:
    response = await client.get(ME, headers=bearer(token))
    assert response.status_code == 200, response.text


async def refuse(client: AsyncClient, token: str) -> None:
    response = await client.get(ME, headers=bearer(token))
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def spell(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_documented_token_is_taken(client: AsyncClient, issuer: Issuer, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {issuer.key.sign(claims())}"}
    assert (await client.get(ME, headers=headers)).status_code == 200


@pytest.mark.parametrize("changes", ALSO_ACCEPTED.values(), ids=ALSO_ACCEPTED)
async def test_documented_variant_is_taken(
    client: AsyncClient, issuer: Issuer, changes: dict[str, object]
) -> None:
    await take(client, issuer.key.sign(claims(**changes)))


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
async def test_token_for_something_else_is_refused(
    client: AsyncClient, issuer: Issuer, changes: dict[str, object]
) -> None:
    await refuse(client, issuer.key.sign(claims(**changes)))


DEEP = base64.urlsafe_b64encode(b"[" * 10_000).decode()


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "..", "é", "x" * 5000, "e30.e30.e30", "." * 15_000, f"{DEEP}.e30.x"]
)
async def test_garbage_is_refused(client: AsyncClient, token: str) -> None:
    response = await client.get(ME, headers={b"Authorization": b"Bearer " + token.encode()})
    assert_problem(response, 401, "invalid_token")


@pytest.mark.parametrize("missing", ["iss", "sub", "exp"])
async def test_claim_is_required(client: AsyncClient, issuer: Issuer, missing: str) -> None:
    await refuse(client, issuer.key.sign(claims(**{missing: None})))


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "x\0y"},
        {"sub": "x\ud800"},
        {"iss": ["https://issuer.example.com"]},
        {"exp": "tomorrow"},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": "4102444800"},
        {"exp": True},
        {"iat": "1"},
        {"iat": float("inf")},
        {"nbf": False},
    ],
    ids=ascii,
)
async def test_odd_claim_is_refused(
    client: AsyncClient, issuer: Issuer, changes: dict[str, object]
) -> None:
    await refuse(client, issuer.key.sign(claims(**changes)))


@pytest.mark.parametrize(
    "offsets", [{"exp": -40}, {"nbf": 40}, {"iat": 40}, {"iat": 3600, "exp": 7200}], ids=str
)
async def test_wrong_time_is_refused(
    client: AsyncClient, issuer: Issuer, offsets: dict[str, float]
) -> None:
    await refuse(client, issuer.key.sign(claims(**lifetime(**offsets))))


@pytest.mark.parametrize("offsets", [{"exp": -20}, {"nbf": 20}, {"iat": 20}], ids=str)
async def test_clocks_may_differ_a_little(
    client: AsyncClient, issuer: Issuer, offsets: dict[str, float]
) -> None:
    await take(client, issuer.key.sign(claims(**lifetime(**offsets))))


@pytest.mark.parametrize("header", [{"kid": None}, {"kid": ""}, {"kid": "unknown"}], ids=str)
async def test_key_must_be_named(
    client: AsyncClient, issuer: Issuer, header: dict[str, Any]
) -> None:
    signature = issuer.key.sign(claims()).rpartition(".")[2]
    head = {"alg": issuer.key.algorithm, **header}
    named = {name: value for name, value in head.items() if value is not None}
    await refuse(client, f"{spell(named)}.{spell(claims())}.{signature}")
    await refuse(client, Key("unknown", issuer.key.algorithm).sign(claims(), header))


async def test_unsigned_token_is_refused(client: AsyncClient, issuer: Issuer) -> None:
    for algorithm in ("none", "None", ""):
        header = spell({"alg": algorithm, "kid": issuer.key.kid})
        await refuse(client, f"{header}.{spell(claims())}.")


async def test_public_key_is_no_secret(client: AsyncClient, issuer: Issuer) -> None:
    pem = issuer.key.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    algorithm = jwt.get_algorithm_by_name("HS256")
    text = f"{spell({'alg': 'HS256', 'kid': issuer.key.kid})}.{spell(claims())}"
    signature = algorithm.sign(text.encode(), pem)
    await refuse(client, f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "ES256", "EdDSA"])
async def test_algorithm_must_be_that_of_the_key(
    client: AsyncClient, issuer: Issuer, algorithm: str
) -> None:
    if algorithm != issuer.key.algorithm:
        await refuse(client, Key(issuer.key.kid, algorithm).sign(claims()))


async def test_hopeless_tokens_ask_nobody(serve: Serve) -> None:
    assert "RS512" not in provider.ALGORITHMS
    key = Key("any", "RS512")
    with Issuer("RS256").running() as own:
        async with serve(oidc_jwks_url=own.jwks_url) as client:
            await refuse(client, key.sign(claims()))
            for kid in (None, ""):
                await refuse(client, own.key.sign(claims(), {"kid": kid}))
        assert own.asked == []


async def test_other_key_of_the_same_name_is_refused(client: AsyncClient, issuer: Issuer) -> None:
    await refuse(client, Key(issuer.key.kid, issuer.key.algorithm).sign(claims()))


async def test_changed_claims_break_the_signature(client: AsyncClient, issuer: Issuer) -> None:
    header, _, signature = issuer.key.sign(claims()).split(".")
    await refuse(client, f"{header}.{spell(claims(sub='somebody else'))}.{signature}")


async def test_token_cannot_bring_its_key(client: AsyncClient, issuer: Issuer) -> None:
    attacker = Issuer(issuer.key.algorithm)
    with attacker.running():
        for kid in (attacker.key.kid, "unknown"):
            header = {
                "kid": kid,
                "jku": attacker.jwks_url,
                "x5u": attacker.jwks_url,
                "jwk": attacker.key.jwk,
            }
            await refuse(client, attacker.key.sign(claims(), header))
    assert attacker.asked == []


async def test_unknown_extension_is_refused(client: AsyncClient, issuer: Issuer) -> None:
    header = {"crit": ["exp"], "exp": 4_102_444_800}
    await refuse(client, issuer.key.sign(claims(), header))


async def test_items_belong_to_the_subject(client: AsyncClient) -> None:
    ann, ben = headers_of(sub="ann|1"), headers_of(sub="ben|2")
    created = await client.post("/api/v1/items", json={"title": "Tea"}, headers=ann)
    location = created.headers["Location"]
    assert (await client.get(location, headers=headers_of(sub="ann|1"))).status_code == 200
    assert_problem(await client.get(location, headers=ben), 404, "not_found")
