"""Production start: `python -m app`. Settings first, then the server; 0 after SIGTERM."""

import signal
import sys
from types import FrameType

import structlog
import uvicorn

from app.http_protocol import KEEP_ALIVE_SECONDS, HttpProtocol
from app.logging import configure_logging
from app.main import create_app
from app.settings import Settings, settings_or_exit

EX_SOFTWARE = 70  # sysexits.h: an internal software error

log = structlog.get_logger()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    # Until the server has handlers of its own, and for its end: it raises the signal again, and
    # the default action would turn that into exit code 143.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    settings = settings_or_exit()
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    try:
        _serve(settings)
    except Exception:
        log.critical("the service has failed", exc_info=True)
        sys.exit(EX_SOFTWARE)


def _serve(settings: Settings) -> None:
    config = uvicorn.Config(
        create_app(settings),
        http=HttpProtocol.with_limits(
            request_timeout_seconds=settings.request_timeout_seconds,
            max_body_bytes=settings.max_body_bytes,
        ),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
    )
    # A socket of our own: with `::` it takes IPv4 clients, too.
    uvicorn.Server(config).run(sockets=[config.bind_socket()])


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
