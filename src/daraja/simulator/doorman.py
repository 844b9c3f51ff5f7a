"""Who may look at the phones and press their buttons: this machine's developer, and no page of somebody else's."""

from ipaddress import ip_address
from socket import gethostname
from urllib.parse import urlsplit

from daraja.http.messages import HttpRequest
from daraja.simulator.incoming import header

__all__ = ["objection", "objection_to_push"]

_BY_A_STRANGERS_NAME = (
    "it was asked for by a name that others may have led here; use this machine's address in numbers,"
    " such as http://127.0.0.1:8765"
)

_OURS = frozenset({"", "none", "same-origin"})
_NOBODYS = (".localhost", ".internal", ".test")
"""What no registry gives to anybody; a container finds its host as host.docker.internal."""


def objection(request: HttpRequest, *, page: bool = False) -> str | None:
    """Say why a request is turned away; None lets it in.

    A page from elsewhere cannot read an answer here, but two of its tricks need an answer of ours: it may have its own
    name lead to this machine, and it may send a form without reading what comes back.

    Args:
        request: What is asked for.
        page: Whether that is a file of the page, which tells nothing, so that a shop's own page may link to it.
    """
    host = header(request, "host")
    if not _is_no_strangers_name(host):
        return _BY_A_STRANGERS_NAME
    if page:
        return None
    if header(request, "origin") not in {"", f"http://{host}"} or header(request, "sec-fetch-site") not in _OURS:
        return "it was asked for by a page from elsewhere; only the simulator's own page may do that"
    kind = header(request, "content-type").partition(";")[0].strip().lower()
    if request.method == "POST" and kind != "application/json":
        return "it is no JSON; send Content-Type: application/json"
    return None


def objection_to_push(request: HttpRequest) -> str | None:
    """Say why a request to Daraja itself is turned away: a page whose own name leads here could send callbacks around.

    Shops ask by whatever name they like; but only a browser says with what it posts which page it comes from.
    """
    if header(request, "origin") and not _is_no_strangers_name(header(request, "host")):
        return _BY_A_STRANGERS_NAME
    return None


def _is_no_strangers_name(host: str) -> bool:
    """Tell whether a name is an address, or one that nobody else can own: one without a dot, as a container has."""
    try:
        name = urlsplit(f"//{host}").hostname or "."
    except ValueError:
        return False
    if "." not in name and ":" not in name:
        return True
    try:
        ip_address(name)
    except ValueError:
        return name.endswith(_NOBODYS) or name == _own_name()
    return True


def _own_name() -> str:
    """Give the name by which a phone on the same network finds this machine: its own, that no other takes there."""
    return f"{gethostname().partition('.')[0].lower()}.local"
