"""What orchestrators and monitoring ask: alive, ready, and the metrics."""

import asyncio
from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.database import Database

READY_TIMEOUT_SECONDS = 1.5

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)


class Health(BaseModel):
    """Alive."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Ready for requests, with each part that this depends on."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, Literal["ok", "unavailable"]]


class DatabaseProbe:
    """Asks the database for a sign of life, in bounded time whatever it does.

    A database that hangs would hold the probe until the connection times out: the probe goes on
    in the background meanwhile, all who ask share it, and there is never more than one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._running: asyncio.Task[bool] | None = None

    async def ok(self) -> bool:
        """Tell whether the database answers in time."""
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._ping())
        # Somebody else may begin the next one before this is read.
        running = self._running
        done, _ = await asyncio.wait({running}, timeout=READY_TIMEOUT_SECONDS)
        return bool(done) and running.result()

    async def _ping(self) -> bool:
        try:
            return await self._database.ping()
        except Exception:
            log.exception("the database probe failed")
            return False


@router.api_route("/health/live", methods=["GET", "HEAD"])
async def live() -> Health:
    """Tell that the process answers; touches nothing."""
    return Health()


@router.api_route("/health/ready", methods=["GET", "HEAD"])
async def ready(request: Request, response: Response) -> Readiness:
    """Tell whether requests can be served."""
    probe: DatabaseProbe = request.app.state.database_probe
    status: Literal["ok", "unavailable"] = "ok" if await probe.ok() else "unavailable"
    if status != "ok":
        response.status_code = 503
    return Readiness(status=status, checks={"database": status})


async def metrics(request: Request) -> Response:
    """Return the metrics."""
    exported = request.app.state.metrics
    return Response(exported.render(), media_type=exported.content_type)
