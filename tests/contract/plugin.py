"""The part of the suite that pytest must know before it collects: option, markers, hook."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from .target import Candidate, Target

MARKERS = (
    "local_accounts: needs local accounts (sign-up, tokens of our own)",
    "identity_provider: needs tokens of an identity provider",
    "provider(name): needs this identity provider",
    "every_provider: differs by identity provider, so it runs with each of them",
    "discovery: needs a provider whose issuer may be anywhere, so that the suite can be it",
    "network_database: needs a database behind a connection that can fail",
    "only_with_all: takes long and finds little, so it runs with --all only",
    "sqlite: needs a database in a file",
    "stoppable: needs a database server that the suite may stop",
    "administrator: needs SQL as the administrator of a database server",
)


class ContractHooks:
    @pytest.hookspec(firstresult=True)
    def pytest_contract_candidates(self, config: pytest.Config) -> Sequence[Candidate] | None:
        """Return the services to test when no `--target` is given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target",
        action="append",
        default=[],
        metavar="FILE.json",
        help="a service for the contract suite (repeatable)",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(ContractHooks)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session")
def contract_target() -> Target:
    """Return the service of a candidate; replaced by `--target` or by the top-level conftest."""
    pytest.fail("point the contract suite at a service: pytest tests/contract --target FILE.json")
