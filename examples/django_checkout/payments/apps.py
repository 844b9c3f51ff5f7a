"""What Django does with this app when it starts."""

from django.apps import AppConfig

__all__ = ["PaymentsConfig"]


class PaymentsConfig(AppConfig):
    """Has the settings checked, also by ``manage.py check --deploy``."""

    name = "payments"

    def ready(self) -> None:
        """Register the checks."""
        from payments import checks  # noqa: F401, PLC0415 - they register themselves; models are there only now
