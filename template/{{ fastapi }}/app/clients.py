"""Who is at the other end of a connection, by address."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

# One IPv6 customer has a network of this size: each address of it would be a fresh budget.
_IPV6_NETWORK_BITS = 64


def client_of(scope: Mapping[str, Any]) -> str:
    """Return the client's address; a trusted proxy's header is already applied."""
    client = scope.get("client")
    return plain_address(client[0]) if client else "unknown"


@lru_cache(maxsize=4096)
def plain_address(text: str) -> str:
    """Return the address as usual: `::ffff:192.0.2.1` is an IPv4 client on a dual-stack socket.

    What is no address, such as the name that a proxy made up, stays as it is.
    """
    address = _parse(text)
    return str(address) if address else text


@lru_cache(maxsize=4096)
def network_of(text: str) -> str:
    """Return what shares one budget: an IPv4 address, or the network of an IPv6 customer."""
    address = _parse(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
    return text


def with_mapped(networks: Iterable[str]) -> list[str]:
    """Return the networks, those of IPv4 also as a dual-stack socket or proxy writes them."""
    plain = [ip_network(network) for network in networks]
    mapped = [
        IPv6Network(f"::ffff:{network.network_address}/{96 + network.prefixlen}")
        for network in plain
        if network.version == 4  # noqa: PLR2004 # the protocol's number
    ]
    return [str(network) for network in (*plain, *mapped)]


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address  # noqa: PLR2004 # RFC 4291
