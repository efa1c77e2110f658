"""Addresses of the identity provider."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def check_address(url: str, *, production: bool) -> None:
    """Raise `ValueError` unless this is an https URL.

    Plain http will do for this machine itself, and anywhere outside production.
    """
    parts = urlsplit(url)
    allowed = {"https", "http"} if not production or _is_loopback(parts.hostname) else {"https"}
    if parts.scheme not in allowed or not parts.hostname or parts.username is not None:
        message = "must be an https URL"
        raise ValueError(message)


def is_loopback(url: str) -> bool:
    """Tell whether this is a URL of this machine itself."""
    return _is_loopback(urlsplit(url).hostname)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
