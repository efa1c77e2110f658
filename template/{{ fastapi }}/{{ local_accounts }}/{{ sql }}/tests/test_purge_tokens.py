import asyncio
from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select, update

from app.auth.models import RefreshToken
from app.commands import purge_tokens
from app.database import Database
from app.orm import utc_now
from tests.accounts import add_account, log_in, refresh_status
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
    async with database.write() as session:
        past = utc_now() - timedelta(seconds=1)
        await session.execute(update(RefreshToken).values(expires_at=past))
    live = (await log_in(client))["refresh_token"]
    capsys.readouterr()

    await asyncio.to_thread(purge_tokens.main)
    assert capsys.readouterr().out == "3 expired refresh tokens removed.\n"
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 1
    assert await refresh_status(client, live) == 200
