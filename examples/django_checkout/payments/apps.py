"""The start of this app."""

from django.apps import AppConfig

__all__ = ["PaymentsConfig"]


class PaymentsConfig(AppConfig):
    """Registers the checks of the settings, also for ``manage.py check --deploy``."""

    name = "payments"

    def ready(self) -> None:
        """Register the checks."""
        from payments import checks  # noqa: F401, PLC0415 - they register themselves; models are there only now
