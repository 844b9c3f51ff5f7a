"""The start of this app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Follows what a person decides about a payment."""

    name = "payments"

    def ready(self) -> None:
        """Connect the signal."""
        from daraja.django.signals import payment_changed  # noqa: PLC0415 - models are there only now
        from payments.hooks import reconsider  # noqa: PLC0415 - the same

        payment_changed.connect(reconsider, dispatch_uid="payments")
