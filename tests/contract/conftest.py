"""The contract suite: black-box tests of contract.md on any rendered service.

Alone:      pytest tests/contract --target service.json [--target another.json]
            (a file holds the fields of `target.Target`; without a top-level conftest that loads
            the plugin: python -m pytest -p tests.contract.plugin ...)
With hosts: a conftest above this folder implements `pytest_contract_candidates(config)`, which
            returns a list of `Candidate`, and overrides the session fixture `contract_target`,
            whose `request.param` is one of them, to render it and return its `Target`.

Every test reaches the service through the fixture `target`. A test that does not apply to a
candidate (the markers of `plugin.py`) is deselected in one place: `applies`. A signed-in user comes from `accounts.sign_up`. With any other
`auth` than `local` the service believes an identity provider of the suite's own (`identity.py`).

Needs: pytest, httpx, filelock, cryptography, openapi-spec-validator, schemathesis; redis-server on PATH for its test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from .accounts import Session, sign_up
from .administrator import Tenant
from .identity import Identity, believing
from .providers import PROVIDERS
from .service import Service, run_command
from .target import Candidate, Target, read_target

ALLOWED_ORIGIN = "https://app.example"


def applies(item: pytest.Item, subject: Target | Candidate) -> bool:
    markers = {marker.name for marker in item.iter_markers()}
    providers = {name for marker in item.iter_markers("provider") for name in marker.args}
    whole = isinstance(subject, Target) or subject.whole
    return not (
        (not whole and "every_provider" not in markers)
        or ("local_accounts" in markers and subject.auth != "local")
        or ("identity_provider" in markers and subject.auth == "local")
        or (providers and subject.auth not in providers)
        or ("discovery" in markers and PROVIDERS[subject.auth].issuer)
        or ("network_database" in markers and subject.kind == "sqlite")
        or ("sqlite" in markers and subject.kind != "sqlite")
        or ("stoppable" in markers and not offers(subject, "stop"))
        or ("administrator" in markers and not offers(subject, "sql"))
    )


def offers(subject: Target | Candidate, command: str) -> bool:
    """Tell whether the target says how to do that to its database; our own always does."""
    if isinstance(subject, Target):
        return bool(getattr(subject.database, command))
    return subject.kind == "postgres" or (subject.kind == "mongodb" and command == "stop")


def subjects(config: pytest.Config) -> Sequence[Target | Candidate]:
    if files := config.getoption("--target"):
        return [read_target(file) for file in files]
    return config.stash.setdefault(
        CANDIDATES, config.hook.pytest_contract_candidates(config=config) or []
    )


CANDIDATES = pytest.StashKey[Sequence[Candidate]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "contract_target" in metafunc.fixturenames and (found := subjects(metafunc.config)):
        metafunc.parametrize(
            "contract_target",
            found,
            ids=[subject.name for subject in found],
            indirect=not metafunc.config.getoption("--target"),
            scope="session",
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    dropped = []
    for item in items:
        call = getattr(item, "callspec", None)
        subject = call and call.params.get("contract_target")
        if subject and not applies(item, subject):
            dropped.append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


@pytest.fixture(scope="session")
def target(contract_target: Target) -> Iterator[Target]:
    """Give the service under test, with its database migrated, and whoever knows its users."""
    with ExitStack() as stack:
        target = contract_target
        if target.auth != "local":
            target = believing(target, Identity(target.auth))
            assert target.identity
            stack.enter_context(target.identity.issuer)
        done = run_command(target, target.migrate)
        assert done.returncode == 0, done.stdout + done.stderr
        yield target


@pytest.fixture(scope="session")
def service(target: Target) -> Iterator[Service]:
    """The running service that most tests share."""
    with Service(
        target, DOCS_ENABLED="true", CORS_ORIGINS=f"{ALLOWED_ORIGIN},https://b.example:8443"
    ) as running:
        yield running


@pytest.fixture(scope="session")
def proxied(target: Target) -> Iterator[Service]:
    """A rate limited service that believes 127.0.0.1: each forwarded address is another client."""
    with Service(
        target,
        TRUSTED_PROXIES="127.0.0.1",
        RATE_LIMIT_AUTH="3/minute",
        RATE_LIMIT_DEFAULT="8/minute",
        LOG_LEVEL="debug",
    ) as running:
        yield running


@pytest.fixture(scope="session")
def anyone(service: Service) -> Session:
    """A signed-in user for requests that are refused: nothing of theirs is ever stored."""
    return sign_up(service)


@pytest.fixture
def session(service: Service) -> Session:
    """A new signed-in user."""
    return sign_up(service)


@pytest.fixture(scope="module")
def tenant(target: Target) -> Iterator[Tenant]:
    """A role and a migrated database that the tests of a file may mistreat."""
    with Tenant(target) as tenant:
        tenant.admit("scram-sha-256")
        done = run_command(target, target.migrate, DATABASE_URL=tenant.url)
        assert done.returncode == 0, done.stdout + done.stderr
        yield tenant


@pytest.fixture(scope="module")
def guest(target: Target, tenant: Tenant) -> Iterator[Service]:
    """The service of that role."""
    with Service(target, DATABASE_URL=tenant.url, DATABASE_TIMEOUT_SECONDS="2") as running:
        running.remember(tenant.password)
        yield running


@pytest.fixture(scope="module")
def tenant_user(guest: Service) -> Session:
    return sign_up(guest)
