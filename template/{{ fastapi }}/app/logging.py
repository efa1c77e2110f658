"""Logs: one JSON object a line on stdout, the libraries' lines included."""

import atexit
import logging
import os
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.types import Processor


class LogOutput:
    """A stream that drops what cannot be written.

    A full disk, a terminal that is gone or a pipe that nobody reads is no reason to fail a request.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, or not."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Write what waits in the buffer, or not."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def drop_unwritten(self) -> None:
        """Empty the buffer for good: the interpreter would exit with 120 for what is left."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


def configure_logging(*, level: str, log_format: str) -> None:
    """Send every log line to stdout; `log_format` is `json` or `console`."""
    number = logging.getLevelNamesMapping()[level.upper()]
    output = LogOutput(sys.stdout)
    atexit.register(output.drop_unwritten)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    # The sentence is `message`; `event` is the stable name of a security event.
    rename = structlog.processors.EventRenamer("message", replace_by="_event")
    renderers: list[Processor]
    if log_format == "json":
        renderers = [
            structlog.processors.format_exc_info,
            rename,
            structlog.processors.JSONRenderer(),
        ]
    else:
        console = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), event_key="message")
        renderers = [rename, console]

    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", output)),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    # At debug, database drivers log what they send and receive: password hashes, for example.
    logging.basicConfig(handlers=[handler], level=max(number, logging.INFO), force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
