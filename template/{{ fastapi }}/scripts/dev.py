"""Starts the service for development: a database of its own, reload on change."""

import os
import subprocess
import sys

import uvicorn

from app.http_protocol import HttpProtocol
from app.settings import settings_or_exit
from scripts.development import ROOT, development_environment


def main() -> None:
    """Serve until Ctrl-C."""
    # Also with a DATABASE_URL in the environment, which means production to the other commands.
    os.environ.setdefault("APP_ENV", "development")
    with development_environment():
        settings = settings_or_exit()
        subprocess.run([sys.executable, "-m", "app.commands.migrate"], check=True)
        url = f"http://{settings.host}:{settings.port}"
        print(f"Service:       {url}\nDocumentation: {url}/docs\nStop with Ctrl-C.", flush=True)
        uvicorn.run(
            "app.main:create_app_from_environment",
            factory=True,
            http=HttpProtocol,
            host=settings.host,
            port=settings.port,
            reload=True,
            reload_dirs=[str(ROOT / "app")],
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )


if __name__ == "__main__":
    main()
