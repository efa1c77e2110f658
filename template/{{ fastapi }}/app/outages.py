"""What the service says when its database cannot be used."""

import structlog

from app.problems import Unavailable

log = structlog.get_logger()

_LONGEST_REASON = 200


class DatabaseUnavailable(Unavailable):
    """The database cannot be used at the moment; `reason` is what its driver said."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        first_line = str(error).strip().partition("\n")[0]
        self.reason = first_line[:_LONGEST_REASON] or type(error).__name__


def outage(error: BaseException, name: str | None = None) -> DatabaseUnavailable:
    """Log an error of the driver and return what the client is told instead.

    `name` is what the log calls the error, when that is not its class.
    """
    unavailable = DatabaseUnavailable(error)
    log.warning(
        "database unavailable", error=name or type(error).__name__, reason=unavailable.reason
    )
    return unavailable
