"""The start of this app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Follows what a person decides about a payment."""

    name = "payments"

    def ready(self) -> None:
        """Connect the receivers of signals."""
        import payments.hooks  # noqa: F401, PLC0415 - models are there only now
