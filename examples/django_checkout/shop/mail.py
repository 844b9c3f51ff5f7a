"""One setting for e-mail on each release of Django: ``EMAIL_...`` until 6.0, ``MAILERS`` from 6.1 on."""

from collections.abc import Mapping
from typing import Any, Final

import django

__all__ = ["mail_settings"]

_SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
_OPTIONS: Final = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
    "EMAIL_TIMEOUT": "timeout",
}


def mail_settings(parsed: Mapping[str, Any], *, timeout: float) -> dict[str, Any]:  # Any: settings are of many types
    """Return the settings for an address such as ``smtp+tls://user:password@host:587``, read by django-environ.

    Args:
        parsed: The ``EMAIL_...`` settings.
        timeout: Seconds for a mail server to answer.
    """
    wanted = {**parsed, "EMAIL_TIMEOUT": timeout}
    if django.VERSION < (6, 1):
        return wanted
    backend = wanted["EMAIL_BACKEND"]
    options = {option: wanted[name] for name, option in _OPTIONS.items() if wanted.get(name)}
    return {"MAILERS": {"default": {"BACKEND": backend, "OPTIONS": options if backend == _SMTP else {}}}}
