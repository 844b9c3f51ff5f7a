"""The JSON forms of the API."""

from typing import Any, ClassVar

from rest_framework import serializers

from daraja import normalise_phone
from payments.api.status import told_status
from payments.models import Payment
from payments.rows import payment_of

__all__ = ["PaymentSerializer", "PushSerializer"]


WORDS = "Enter a Kenyan mobile number such as 0712 345 678."


class PhoneField(serializers.CharField):
    """A Kenyan mobile number in any usual form; ``254...`` inside."""

    default_error_messages: ClassVar = dict.fromkeys(("required", "null", "blank", "invalid"), WORDS)

    def to_internal_value(self, data: Any) -> str:  # Any: whatever JSON holds
        """Read a number with the library's rules."""
        try:
            return normalise_phone(super().to_internal_value(data))
        except ValueError:
            raise serializers.ValidationError(WORDS) from None


class PushSerializer(serializers.Serializer[Any]):  # Any: it makes no object
    """A request to pay for an order."""

    order_id = serializers.CharField(max_length=180)
    amount = serializers.DecimalField(max_digits=9, decimal_places=2, min_value=1)
    phone = PhoneField()


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """A payment in the history."""

    amount = serializers.CharField()
    status = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()

    class Meta:
        """The fields that a customer may see."""

        model = Payment
        fields = (
            "order_id",
            "amount",
            "phone_number",
            "status",
            "message",
            "checkout_request_id",
            "provider_reference",
            "created_at",
            "updated_at",
        )

    def get_status(self, payment: Payment) -> str:
        """Return the status in the same form as the status of an order."""
        return told_status(payment_of(payment))

    def get_message(self, payment: Payment) -> str:
        """Return the message for the customer."""
        return payment_of(payment).customer_message
