"""Ask Daraja what became of a payment."""

from daraja.api.stk.query import StkQuery
from daraja.errors import ApiError, UnexpectedResponse, UnknownPayment
from daraja.http.flow import Flow, Now, perform
from daraja.payments.effects import Load
from daraja.payments.evidence import given_up, told
from daraja.payments.model import Payment, Status
from daraja.payments.move import hear, take
from daraja.payments.records import Transition
from daraja.payments.schedule import PROMPT_LIFE, WINDOW
from daraja.payments.terms import Terms
from daraja.values.phone import hide

__all__ = ["check", "known", "refresh"]


def known(key: str, terms: Terms, /) -> Flow[Payment]:
    """Give the payment of that key.

    Raises:
        UnknownPayment: If there is none, or it is another account's.
    """
    key = hide(key)  # whoever hands over a CheckoutRequestID instead of our own key hands over a customer's number
    payment = (yield from perform(Load(key))) if isinstance(key, str) and key.isprintable() else None
    if payment is None or payment.account != terms.account:
        message = f"the store has no payment {key!r:.40} of shortcode {terms.account.shortcode}"
        raise UnknownPayment(message)
    return payment


def refresh(key: str, terms: Terms, /, *, if_due: bool = False) -> Flow[Transition]:
    """Ask Daraja now; with *if_due* only where a check is due, and only for one of those who ask at the same time."""
    payment = yield from known(key, terms)
    if if_due:
        due, now = payment.next_check_at, (yield from perform(Now()))
        if due is None or due > now or payment.status is Status.SUCCESS:
            return Transition(payment, payment)
        taken = yield from take(payment, terms)
        if taken is None:
            payment = yield from known(key, terms)
            return Transition(payment, payment)
        payment = taken
    return (yield from check(payment, terms))


def check(payment: Payment, terms: Terms, /) -> Flow[Transition]:
    """Ask Daraja about a payment that is not known to be paid, and give it up where that is due."""
    if payment.status is Status.SUCCESS:
        return Transition(payment, payment)
    if payment.checkout_request_id is None:
        return (yield from _give_up_after_the_window(payment, terms))  # there is nothing to ask after
    try:
        answer = yield from StkQuery(payment.checkout_request_id).flow(terms.config)
    except (ApiError, UnexpectedResponse):
        yield from _give_up_after_the_window(payment, terms)
        raise
    now = yield from perform(Now())
    over = now >= payment.created_at + PROMPT_LIFE
    # Giving up raises only a payment that the answer has left open.
    return (yield from hear(payment, told(answer, now), terms, then=given_up(now) if over else None))


def _give_up_after_the_window(payment: Payment, terms: Terms) -> Flow[Transition]:
    """Wait for the callback, since no query tells anything; once the window is over only the statement can."""
    now = yield from perform(Now())
    if now >= payment.created_at + WINDOW:
        return (yield from hear(payment, given_up(now), terms))
    return Transition(payment, payment)
