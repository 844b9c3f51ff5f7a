"""The check that keeps other people's web pages from reading the phones here and pressing their buttons."""

from ipaddress import ip_address
from socket import gethostname
from typing import Final
from urllib.parse import urlsplit

from daraja.http.messages import HttpRequest
from daraja.simulator.validation import header

# A page from elsewhere cannot read an answer of ours. It has two tricks that need no reading: its own domain name may
# lead to this machine (DNS rebinding), so that the browser takes it for our page, and it may send a form (CSRF).

_FOREIGN_NAME: Final = (
    "it was asked for by a domain name that others may have led here; use this machine's address in numbers,"
    " such as http://127.0.0.1:8765"
)
_SAME_ORIGIN: Final = frozenset({"", "none", "same-origin"})
_RESERVED_NAMES: Final = (".localhost", ".internal", ".test")
"""Endings that no registry sells; a container finds its host as host.docker.internal."""


def check_page(request: HttpRequest) -> str | None:
    """Say why a request for a file of the page is refused; None accepts it. A shop's own page may link to it."""
    return None if _is_safe_host(header(request, "host")) else _FOREIGN_NAME


def check_control(request: HttpRequest) -> str | None:
    """Say why a request to the control API is refused; None accepts it."""
    host = header(request, "host")
    if not _is_safe_host(host):
        return _FOREIGN_NAME
    if header(request, "origin") not in {"", f"http://{host}"} or header(request, "sec-fetch-site") not in _SAME_ORIGIN:
        return "it was asked for by a page from elsewhere; only the simulator's own page may do that"
    content_type = header(request, "content-type").partition(";")[0].strip().lower()
    if request.method == "POST" and content_type != "application/json":
        return "it is not JSON; send Content-Type: application/json"
    return None


def check_request(request: HttpRequest) -> str | None:
    """Say why a request to Daraja itself is refused; None accepts it.

    Shops use any name for this machine. But only a browser says which page a request comes from, and a page whose own
    name leads here could have callbacks sent into the private network.
    """
    if header(request, "origin") and not _is_safe_host(header(request, "host")):
        return _FOREIGN_NAME
    return None


def _is_safe_host(host: str) -> bool:
    """Tell whether a host is an address in numbers, or a name that nobody else can own, such as one without a dot."""
    try:
        name = urlsplit(f"//{host}").hostname or "."
    except ValueError:
        return False
    if "." not in name and ":" not in name:
        return True
    try:
        ip_address(name)
    except ValueError:
        return name.endswith(_RESERVED_NAMES) or name == _own_name()
    return True


def _own_name() -> str:
    """Return the name by which a phone in the same network finds this machine; no other machine there has it."""
    return f"{gethostname().partition('.')[0].lower()}.local"
