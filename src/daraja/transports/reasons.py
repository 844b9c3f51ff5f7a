"""What is said of a request that failed, whatever library failed to carry it."""

from typing import Final
from urllib.parse import urlsplit

from daraja.config.environment import is_loopback

__all__ = ["BUILT", "CERTIFICATE", "CONNECTED", "PROXY", "TAKEN", "broken", "origin", "silent"]

BUILT: Final = "the request could not be built"
CONNECTED: Final = "no connection came about within {connecting:g} s"
TAKEN: Final = "{origin} was not found or did not take the connection"
CERTIFICATE: Final = "the server's certificate could not be verified"
PROXY: Final = "the proxy refused to connect"


def silent(seconds: float, /) -> str:
    """Say that the answer did not come in time."""
    return f"no whole answer came within {seconds:g} s"


def broken(error: Exception, /) -> str:
    """Say that the connection broke; of the error only its kind, since its own text may hold credentials."""
    return f"the connection broke before the whole answer had come ({type(error).__name__})"


def origin(url: str, /) -> str:
    """Name whom we tried to reach, without user and path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the host"
    hint = " (is the local Daraja running? python -m daraja.simulator)" if is_loopback(parts.hostname or "") else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{hint}"
