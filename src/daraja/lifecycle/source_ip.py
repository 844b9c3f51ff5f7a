"""The addresses that Safaricom calls from: a second lock beside the signed address, off by default."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_ONE_CUSTOMER: Final = 64
_WITH_PORT: Final = re.compile(r"\[(?P<six>[0-9a-fA-F.]*:[0-9a-fA-F:.]*)\](:[0-9]{1,5})?|(?P<four>[0-9.]+):[0-9]{1,5}")

SAFARICOM_ADDRESSES: Final = (
    "196.201.212.69",
    "196.201.212.74",
    "196.201.212.127",
    "196.201.212.129",
    "196.201.212.136",
    "196.201.212.138",
    "196.201.213.44",
    "196.201.213.114",
    "196.201.214.200",
    "196.201.214.206",
    "196.201.214.207",
    "196.201.214.208",
)
"""The addresses that Safaricom publishes for callbacks (Daraja, Getting Started; looked up in November 2026).

The list has changed before without notice, so the check is off by default. A callback from another address is not
thrown away: it is stored, and Daraja is asked about the payment.
"""


def client_ip(remote: str, forwarded: str | Sequence[str] = "", /, *, proxies: int = 0) -> str:
    """Return the address that a request came from, counting trusted proxies from the right.

    Your own proxies write the last entries of the header. The client can forge everything to the left of them.

    >>> client_ip("10.0.0.1", "196.201.214.200, 10.0.0.7", proxies=2)
    '196.201.214.200'
    >>> client_ip("203.0.113.9", "196.201.214.200")
    '203.0.113.9'

    Args:
        remote: The address of the connection's other end (``REMOTE_ADDR``).
        forwarded: The ``X-Forwarded-For`` header or headers, as they came.
        proxies: The number of your own proxies in front of the program. Each adds one address.

    Returns:
        The address; IPv4 also if it was written as IPv6. Empty if there is none, for example with fewer proxies than
        counted.

    Raises:
        ValueError: If *proxies* is negative.
    """
    if proxies < 0:
        raise ValueError(f"proxies is {proxies}; count the proxies of your own, 0 for none")
    headers = [forwarded] if isinstance(forwarded, str) else forwarded
    # A blank between commas counts: left out, it would let what a client wrote move up to a proxy's place.
    way = [*(hop for header in headers if header.strip() for hop in header.split(",")), remote]
    address = read_address(way[-1 - proxies]) if proxies < len(way) else None
    return "" if address is None else str(address)


def client_network(address: str, /) -> str:
    """Return the key that counts a client: an IPv4 address, or the /64 network that one customer has of IPv6.

    >>> client_network("2001:db8:1:2::3"), client_network("203.0.113.9")
    ('2001:db8:1:2::/64', '203.0.113.9')

    Args:
        address: What ``client_ip`` returned.
    """
    return str(ip_network((address, _ONE_CUSTOMER), strict=False)) if ":" in address else address


def read_address(text: str, /) -> Address | None:
    """Read an address, with a port or without; IPv4 written as IPv6 becomes IPv4. None for anything else."""
    text = text.strip()
    written = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(text if written is None else written["six"] or written["four"])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def read_addresses(texts: Iterable[str], /) -> frozenset[Address]:
    """Read a list of addresses.

    Raises:
        ValueError: If one is none; the message names it.
    """
    found: set[Address] = set()
    for text in texts:
        address = read_address(text) if isinstance(text, str) else None
        if address is None:
            raise ValueError(f"{text!r:.60} is not an IP address; list each address of its own, as text")
        found.add(address)
    return frozenset(found)
