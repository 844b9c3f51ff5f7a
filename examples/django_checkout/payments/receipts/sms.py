"""Text messages: what sends them is named in the settings, as with e-mail."""

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from daraja import mask_phone

__all__ = ["ConsoleSms", "SmsBackend", "send_sms"]


class SmsBackend(Protocol):
    """Sends text messages; ``SMS_BACKEND`` names one, which is made without arguments."""

    def send(self, phone: str, text: str, /) -> None:
        """Send *text* to *phone*, written ``254...``; raise anything if it was surely not sent and shall be again."""
        ...


def send_sms(phone: str, text: str, /) -> None:
    """Send a text message by the backend of the settings."""
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    backend.send(phone, text)


class ConsoleSms:
    """Prints what it would send."""

    def send(self, phone: str, text: str, /) -> None:
        """Print a message, the number masked."""
        sys.stdout.write(f"SMS to {mask_phone(phone)}: {text}\n")
        sys.stdout.flush()
