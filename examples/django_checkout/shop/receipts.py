"""Receipts for a paid payment: an e-mail and a text message, each sent once."""

import logging
import sys
from collections.abc import Callable
from typing import Final, Protocol

import requests
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.mail import send_mail
from django.utils import timezone
from django.utils.module_loading import import_string

import daraja
from daraja import mask_phone
from payments.models import Payment

__all__ = ["AfricasTalking", "ConsoleSms", "NotTaken", "ReceiptsFailed", "SmsBackend", "send_receipts"]

_log = logging.getLogger("payments")

_LIVE: Final = "https://api.africastalking.com/version1/messaging"
_SANDBOX: Final = "https://api.sandbox.africastalking.com/version1/messaging"
_TIMEOUT: Final = (3, 5)
"""Seconds to connect and to answer. Safaricom waits for the answer to its callback meanwhile."""
_TAKEN: Final = {100, 101, 102}
"""Processed, sent and queued."""
_NEVER: Final = {403, 404, 406, 409}
"""The number is wrong, not supported, blocked, or has opted out: never send to it again."""


class ReceiptsFailed(Exception):  # noqa: N818 - says what happened
    """A receipt failed, so daraja delivers the success again later."""


def send_receipts(payment: daraja.Payment, /) -> None:
    """Send the receipts that were not sent yet; ``DARAJA`` names this function twice.

    A message is marked first and sent then, so only one of two simultaneous processes sends it. If sending fails,
    the mark is cleared. A machine that crashes between the two loses a receipt; the other order would repeat it,
    and a text message costs money. M-Pesa itself also sends the customer a message.

    Raises:
        ReceiptsFailed: If one of them could not be sent.
    """
    ways: dict[str, Callable[[Payment], object]] = {"emailed_at": _email, "texted_at": _text}
    left = [mark for mark, send in ways.items() if not _sent_once(payment.key, mark, send)]
    if left:
        raise ReceiptsFailed(f"payment {payment.key} still has {', '.join(left)} to come")


def _sent_once(key: str, mark: str, send: Callable[[Payment], object]) -> bool:
    now = timezone.now()
    if not Payment.objects.filter(key=key, **{mark: None}).update(**{mark: now}):
        return True
    sent = False
    try:
        send(Payment.objects.select_related("user", "order").get(key=key))
        sent = True
    except Exception as error:  # noqa: BLE001 - whatever a mail server or a provider's program raises
        # The message of the error may contain an address or a number.
        _log.warning("receipt.failed key=%s mark=%s error=%s", key, mark, type(error).__name__)
    else:
        _log.info("receipt.sent key=%s mark=%s", key, mark)
    finally:
        if not sent:
            Payment.objects.filter(key=key, **{mark: now}).update(**{mark: None})
    return sent


def _email(payment: Payment) -> None:
    amount = f"KES {intcomma(payment.amount, use_l10n=False)}"
    subject = f"We give you {amount} back" if payment.refund_due else f"Your payment of {amount}"
    send_mail(subject, _words(payment), None, [payment.user.email])


def _text(payment: Payment) -> None:
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    backend.send(payment.phone_number, _words(payment))


def _words(payment: Payment) -> str:
    """Return the amount, the order and the M-Pesa receipt. After a query there is no receipt."""
    amount = f"KES {intcomma(payment.amount, use_l10n=False)}"
    receipt = f" M-Pesa receipt {payment.receipt}." if payment.receipt else ""
    if payment.refund_due:
        return f"{amount} came for order {payment.order_id}, which was paid already. We give this money back.{receipt}"
    return f"We have received {amount} for order {payment.order_id}.{receipt} Thank you!"


# Text messages --------------------------------------------------------------------------------------------------------


class SmsBackend(Protocol):
    """Sends text messages. ``SMS_BACKEND`` names a class, which is made without arguments."""

    def send(self, phone: str, text: str, /) -> None:
        """Send *text* to *phone*, written ``254...``; raise an exception if it has to be sent again."""
        ...


class ConsoleSms:
    """Prints the messages."""

    def send(self, phone: str, text: str, /) -> None:
        """Print a message, the number masked."""
        sys.stdout.write(f"SMS to {mask_phone(phone)}: {text}\n")
        sys.stdout.flush()


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
            raise NotTaken(f"Africa's Talking answered HTTP {response.status_code} and code {code or 'none'}")


def _code_in(response: requests.Response) -> int | None:
    """Return the code of the one recipient, or None."""
    try:
        [recipient] = response.json()["SMSMessageData"]["Recipients"]
        return int(recipient["statusCode"])
    except (ValueError, KeyError, TypeError):
        return None
