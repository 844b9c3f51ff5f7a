"""What an exception of requests means for money: surely not sent, or not known."""

import ssl
from http.client import HTTPException
from typing import Final

import requests
import urllib3
from urllib3.connection import CertificateError  # type: ignore[attr-defined]  # where every release has it

from daraja.errors import NotSent, OutcomeUnknown
from daraja.transports import reasons
from daraja.transports.answers import AnswerRefusedError
from daraja.transports.reasons import BUILT, CERTIFICATE, CONNECTED, TAKEN

__all__ = ["FAILURES", "failure"]

FAILURES: Final = (
    AnswerRefusedError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
)
"""Everything that sending with requests is known to raise."""

_NOT_SENT: Final[reasons.NotSentBy] = (
    (
        BUILT,
        (
            requests.exceptions.InvalidSchema,
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
        ),
    ),
    (TAKEN, (urllib3.exceptions.NewConnectionError,)),  # first, as urllib3 1.26 has it for a kind of the next
    (CONNECTED, (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)),
    (CERTIFICATE, (ssl.SSLCertVerificationError, CertificateError)),
)
"""``ProxyError`` is not among them: urllib3 calls it so too when the connection through the proxy broke later on.

Nor is ``InvalidHeader``, which an answer with a bad header raises as well.
"""

_NO_TUNNEL: Final = "Tunnel connection failed"
"""How the standard library begins when a proxy refuses to connect us, before anything of ours is sent."""

_SILENCE: Final = (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)


def failure(error: Exception, url: str, timeout: tuple[float, float], /) -> NotSent | OutcomeUnknown:
    """Put an exception in words of our own; see ``reasons.failure``."""
    if any(isinstance(cause, OSError) and str(cause).startswith(_NO_TUNNEL) for cause in reasons.causes(error)):
        return NotSent(reasons.PROXY)
    return reasons.failure(error, url, timeout, not_sent=_NOT_SENT, silence=_SILENCE)
