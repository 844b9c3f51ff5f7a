"""Text messages through Africa's Talking."""

import logging
from typing import Final

import requests
from django.conf import settings

from daraja import mask_phone

__all__ = ["AfricasTalking", "NotTaken"]

_log = logging.getLogger("payments")

_LIVE: Final = "https://api.africastalking.com/version1/messaging"
_SANDBOX: Final = "https://api.sandbox.africastalking.com/version1/messaging"
_TIMEOUT: Final = (3, 5)
"""Seconds to connect and to answer. Safaricom waits for the answer to its callback meanwhile."""
_TAKEN: Final = {100, 101, 102}
"""Processed, sent and queued."""
_NEVER: Final = {403, 404, 406, 409}
"""The number is wrong, not supported, blocked, or has opted out: never send to it again."""


class NotTaken(Exception):  # noqa: N818 - says what happened
    """Africa's Talking refused the message. The error contains no secret and no phone number."""


class AfricasTalking:
    """Sends text messages with ``AFRICAS_TALKING_USERNAME`` and ``AFRICAS_TALKING_API_KEY``.

    The user name ``sandbox`` sends to their simulator. ``AFRICAS_TALKING_SENDER`` is a registered sender id or short
    code, empty for theirs.

    Source:
        Africa's Talking, Send SMS (docs.africastalking.com/sms/sending).
    """

    def send(self, phone: str, text: str, /) -> None:
        """Send a message.

        A message without an answer may be on its way, and each message costs money, so it counts as sent.

        Raises:
            NotTaken: If it was refused for a temporary reason, or one that you can fix. It is sent again later.
            requests.RequestException: If the provider was not reached. It is sent again later.
        """
        username = settings.AFRICAS_TALKING_USERNAME
        form = {"username": username, "to": f"+{phone}", "message": text, "from": settings.AFRICAS_TALKING_SENDER}
        try:
            response = requests.post(
                _SANDBOX if username == "sandbox" else _LIVE,
                data={name: value for name, value in form.items() if value},
                headers={"apiKey": settings.AFRICAS_TALKING_API_KEY, "Accept": "application/json"},
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.ReadTimeout:
            _log.warning("sms.unanswered phone=%s", mask_phone(phone))
            return
        code = _code_in(response)
        if code in _NEVER:
            _log.warning("sms.refused_for_good phone=%s code=%s", mask_phone(phone), code)
        elif code not in _TAKEN:
            message = f"Africa's Talking answered HTTP {response.status_code} and code {code or 'none'}"
            raise NotTaken(message)


def _code_in(response: requests.Response) -> int | None:
    """Return the code of the one recipient, or None."""
    try:
        [recipient] = response.json()["SMSMessageData"]["Recipients"]
        return int(recipient["statusCode"])
    except (ValueError, KeyError, TypeError):
        return None
