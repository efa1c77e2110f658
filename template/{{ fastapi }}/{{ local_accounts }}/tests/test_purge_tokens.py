import asyncio

import pytest
from httpx2 import AsyncClient

from app.commands import purge_tokens
from app.database import Database
from tests.accounts import add_account, log_in, refresh_status
from tests.refresh_tokens import expire_tokens, read_tokens
from tests.service import environment_of


async def test_only_expired_tokens_are_removed(
    database_url: str,
    client: AsyncClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment_of(database_url).items():
        monkeypatch.setenv(name, value)
    await add_account(database)
    for _ in range(3):
        await log_in(client)
    await expire_tokens(database)
    live = (await log_in(client))["refresh_token"]
    capsys.readouterr()

    await asyncio.to_thread(purge_tokens.main)
    assert capsys.readouterr().out == "3 expired refresh tokens removed.\n"
    assert len(await read_tokens(database)) == 1
    assert await refresh_status(client, live) == 200
