"""Text messages. The settings name the backend, as for e-mail."""

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from daraja import mask_phone

__all__ = ["ConsoleSms", "SmsBackend", "send_sms"]


class SmsBackend(Protocol):
    """Sends text messages. ``SMS_BACKEND`` names a class, which is made without arguments."""

    def send(self, phone: str, text: str, /) -> None:
        """Send *text* to *phone*, written ``254...``; raise an exception if it has to be sent again."""
        ...


def send_sms(phone: str, text: str, /) -> None:
    """Send a text message by the backend of the settings."""
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    backend.send(phone, text)


class ConsoleSms:
    """Prints the messages."""

    def send(self, phone: str, text: str, /) -> None:
        """Print a message, the number masked."""
        sys.stdout.write(f"SMS to {mask_phone(phone)}: {text}\n")
        sys.stdout.flush()
