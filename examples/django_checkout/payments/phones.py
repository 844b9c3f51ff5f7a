"""No phone is asked for money twice within a minute, whoever asks and on however many machines."""

from datetime import timedelta

import daraja
from payments.models import PhoneTurn
from payments.refusals import TooSoon

__all__ = ["give_turn_back", "take_turn"]

BETWEEN_PUSHES = timedelta(minutes=1)


def take_turn(payment: daraja.Payment) -> None:
    """Take the phone's next turn, in the transaction that writes the payment; of any number at once one gets it.

    Raises:
        TooSoon: If its last turn is less than a minute ago; it says when the next one is.
    """
    now = payment.created_at
    turn, first = PhoneTurn.objects.get_or_create(phone_number=str(payment.phone), defaults={"taken_at": now})
    waited = PhoneTurn.objects.filter(phone_number=str(payment.phone), taken_at__lte=now - BETWEEN_PUSHES)
    if not first and not waited.update(taken_at=now):
        raise TooSoon(turn.taken_at + BETWEEN_PUSHES)


def give_turn_back(payment: daraja.Payment) -> None:
    """Let the phone be asked at once, since this payment did not ask it after all."""
    PhoneTurn.objects.filter(phone_number=str(payment.phone), taken_at=payment.created_at).delete()
