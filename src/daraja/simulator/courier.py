"""The way of a callback to its receiver, which may be down, slow or broken."""

from typing import Final
from urllib.parse import urlsplit

import requests

from daraja.config.callback_url import is_public
from daraja.wire import HttpRequest

__all__ = ["deliver"]

_RECEIVED: Final = range(200, 300)


def deliver(callback: HttpRequest, patience: float) -> str:
    """Send a callback once, as Safaricom does, and say in a few words what came of it; never raises.

    Args:
        callback: What to send.
        patience: How long the receiver may take, in seconds.
    """
    if is_public(urlsplit(callback.url).hostname or ""):
        return "is not on this machine or a private network, and a real shop shall hear of no invented payment"
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between a developer's machine and itself
            with session.request(
                callback.method,
                callback.url,
                data=callback.body,
                headers=dict(callback.headers),
                timeout=patience,
                allow_redirects=False,
                stream=True,  # whatever it says and however long, nobody reads it
            ) as response:
                status = response.status_code
    except requests.Timeout:
        return f"did not answer within {patience:g} s; it is not called again"
    except Exception as error:  # noqa: BLE001 - whatever an address of the user's provokes must not stop the simulator
        return f"could not be reached ({type(error).__name__}); it is not called again"
    return f"answered HTTP {status}" + ("" if status in _RECEIVED else "; it is not called again")
