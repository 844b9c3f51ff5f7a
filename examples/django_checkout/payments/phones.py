"""No phone gets two prompts within a minute, on any number of machines."""

from datetime import timedelta

from django.utils import timezone

import daraja
from payments.models import PhoneTurn
from payments.refusals import TooSoon

__all__ = ["forget_turns", "give_turn_back", "take_turn"]

BETWEEN_PUSHES = timedelta(minutes=1)


def take_turn(payment: daraja.Payment) -> None:
    """Take the phone's next turn, in the transaction that stores the payment. One of many callers gets it.

    Raises:
        TooSoon: If its last prompt is less than a minute old. The error says when the next one is allowed.
    """
    now = payment.created_at
    turn, first = PhoneTurn.objects.get_or_create(phone_number=str(payment.phone), defaults={"taken_at": now})
    waited = PhoneTurn.objects.filter(phone_number=str(payment.phone), taken_at__lte=now - BETWEEN_PUSHES)
    if not first and not waited.update(taken_at=now):
        raise TooSoon(turn.taken_at + BETWEEN_PUSHES)


def give_turn_back(payment: daraja.Payment) -> None:
    """Free the phone again, because this payment did not prompt it."""
    PhoneTurn.objects.filter(phone_number=str(payment.phone), taken_at=payment.created_at).delete()


def forget_turns() -> None:
    """Delete the numbers of phones that may be prompted again."""
    PhoneTurn.objects.filter(taken_at__lte=timezone.now() - BETWEEN_PUSHES).delete()
