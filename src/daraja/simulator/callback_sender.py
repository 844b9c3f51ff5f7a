"""Sends a callback to its receiver over HTTP, which may be down, slow or broken."""

import socket
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import requests

from daraja.config.callback_url import is_public
from daraja.errors import DarajaError
from daraja.http.messages import HttpRequest
from daraja.simulator.callback_queue import CallbackReply
from daraja.transports.common import NO_LOCAL_DARAJA
from daraja.transports.requests import RequestsTransport

_REAL: Final = "is not on this machine or a private network, and a real shop must not get invented payments"
_SUCCESS: Final = range(200, 300)
_NO_SHOP: Final = " (is the shop running?)"


def send_callback(callback: HttpRequest, timeout: float) -> CallbackReply:
    """Send a callback once, as Safaricom does, and return how its receiver answered; never raises.

    Args:
        callback: The request to send.
        timeout: How long the receiver may take in all, in seconds.
    """
    try:
        if _is_on_the_internet(urlsplit(callback.url).hostname or ""):
            return CallbackReply(_REAL)
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between a developer's machine and itself
            answer = RequestsTransport(session, timeout=(timeout, timeout)).send(callback)
    except DarajaError as error:
        why = str(error.args[0]).replace(NO_LOCAL_DARAJA, _NO_SHOP)
        return CallbackReply(f"did not take it: {why}; it is not called again")
    except Exception as error:  # noqa: BLE001 - no address that a user gives may stop the simulator
        return CallbackReply(f"could not be reached ({type(error).__name__}); it is not called again")
    if answer.status in _SUCCESS:
        return CallbackReply(f"answered HTTP {answer.status}", answer.body)
    return CallbackReply(f"answered HTTP {answer.status}; it is not called again")


def _is_on_the_internet(host: str) -> bool:
    if is_public(host):
        return True
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False
    return any(ip_address(str(address[4][0]).partition("%")[0]).is_global for address in found)
