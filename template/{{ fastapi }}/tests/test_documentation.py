import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient

from app.commands.openapi import main
from tests.checks import assert_problem
from tests.conftest import Serve


async def test_documentation_is_not_for_production(serve: Serve) -> None:
    async with serve(app_env="production") as client:
        for path in ("/docs", "/openapi.json"):
            assert_problem(await client.get(path), 404, "not_found")


async def test_page_may_load_its_script(client: AsyncClient) -> None:
    response = await client.get("/docs")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "script-src" in response.headers["Content-Security-Policy"]


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


async def test_every_operation_lists_its_errors(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names)) > 0
    for operation in operations(document):
        responses = operation["responses"]
        assert {"429", "500", "503"} <= responses.keys()
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= responses.keys()
        if "security" in operation:
            assert "401" in responses


async def test_errors_have_their_media_type(client: AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    types = {
        media_type
        for operation in operations(document)
        for status, response in operation["responses"].items()
        for media_type in response.get("content", ())
        if int(status) >= 400
    }
    assert types == {"application/problem+json"}


def test_stale_document_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["openapi"])
    main()
    monkeypatch.setattr(sys, "argv", ["openapi", "--check"])
    main()
    target = tmp_path / "openapi.json"
    target.write_text(target.read_text().replace("items", "things"))
    with pytest.raises(SystemExit, match="stale"):
        main()
