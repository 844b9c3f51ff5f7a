"""Small behaviours of pushes: what one meets instead of being accepted, and an answer that gets lost."""

from collections.abc import Callable
from typing import NoReturn

from daraja.simulator.gateway import SOAP_FAULT, UNAVAILABLE, spike_arrest_answer
from daraja.simulator.pushes import Push
from daraja.simulator.refusals import BUSINESS_ERROR, INVALID_TOKEN, Refusal, TurnedAway
from daraja.simulator.replies import AnswerLost
from daraja.simulator.subscribers import Refuse, Subscriber

__all__ = ["always", "busy", "in_turn", "lost", "soap_fault", "spike_arrest", "token_refused", "unavailable"]


def in_turn(*refusals: Callable[[], Refusal]) -> Refuse:
    """Refuse as many pushes, each in its own way, before one is accepted; then it begins anew."""

    def refuse(_push: Push, subscriber: Subscriber) -> Refusal | None:
        return refusals[subscriber.refused]() if subscriber.refused < len(refusals) else None

    return refuse


def always(refusal: Callable[[], Refusal]) -> Refuse:
    """Refuse every push."""
    return lambda _push, _subscriber: refusal()


def busy(seconds: float) -> Refuse:
    """Refuse a push that comes within so many seconds of the last one to the same phone."""

    def refuse(push: Push, subscriber: Subscriber) -> Refusal | None:
        if subscriber.asked_at is None or (push.asked_at - subscriber.asked_at).total_seconds() >= seconds:
            return None
        words = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
        why = f"this phone was asked less than {seconds:g} s ago; wait, or set busy_seconds=0 (--busy 0)"
        return Refusal(500, BUSINESS_ERROR, words, why)

    return refuse


def token_refused() -> Refusal:
    """Refuse the access token, which is over from then on."""
    return Refusal(*INVALID_TOKEN, "its scenario ends the access token; ask for a new one")


def spike_arrest() -> Refusal:
    """Turn the push away for its rate, at the gateway."""
    return TurnedAway(spike_arrest_answer(5), "its scenario is a spike arrest")


def unavailable() -> Refusal:
    """Answer with a page of HTML and status 503."""
    return TurnedAway(UNAVAILABLE, "its scenario is an outage")


def soap_fault() -> Refusal:
    """Answer with a SOAP fault."""
    return TurnedAway(SOAP_FAULT, "its scenario is a fault at the gateway")


def lost(_push: Push) -> NoReturn:
    """Lose the answer to an accepted push: the connection ends without a byte."""
    raise AnswerLost
