"""Production start: `python -m app`. Settings first, then the server; 0 after SIGTERM."""

import signal

import uvicorn

from app.logging import configure_logging
from app.main import create_app
from app.settings import settings_or_exit

# Longer than the idle time of common load balancers (60 s): the balancer closes first, so it never
# sends a request into a connection that is just being closed.
KEEP_ALIVE_SECONDS = 65


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = settings_or_exit()
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    # uvicorn raises the signal again after its orderly end; the default action would turn that
    # into exit code 143.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_timeout_seconds,
    )


if __name__ == "__main__":
    main()
