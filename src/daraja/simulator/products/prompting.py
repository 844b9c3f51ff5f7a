"""A prompt on a phone for a product other than STK push: its text on the page, and its end."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from daraja.simulator.errors import Json
from daraja.simulator.phones import RESULTS_OF, Answer, PhonePrompt
from daraja.simulator.products.base import Services
from daraja.simulator.results import Result, result_of_number
from daraja.values.secret import MaskedText


@attrs.frozen(kw_only=True)
class Ask:
    """The question that a phone shows.

    Args:
        identity: An id that no other prompt has.
        phone: The phone; masked in the repr.
        receiver: Who is paid.
        amount: Whole KES.
        reference: What the person reads as account.
        decider: The number that decides the result, where it stands for one.
    """

    identity: str
    phone: str = attrs.field(converter=MaskedText)
    receiver: str
    amount: int
    reference: str = attrs.field(converter=MaskedText)
    decider: str = attrs.field(converter=MaskedText)


def show_prompt(
    services: Services,
    ask: Ask,
    now: datetime,
    decided: Callable[[Result, datetime], str],
    meanings: Mapping[Answer, Result] = RESULTS_OF,
) -> None:
    """Show a prompt; the number decides it after the engine's delay, or a person, or the end of its time.

    Args:
        services: What all products share.
        ask: What is asked.
        now: The time.
        decided: Called with the result and the time; returns the receipt, or an empty text.
        meanings: The result of each thing that a person can do.
    """
    given = result_of_number(ask.decider)
    usual = meanings[services.answer]
    by_itself = given is not None or services.answer is not Answer.IGNORE
    seconds: Final = services.delay if by_itself else services.prompt_life
    ended: list[tuple[Result, str]] = []
    words = {RESULTS_OF[answer]: meaning for answer, meaning in meanings.items()}

    def decide(ending: Result, at: datetime) -> None:
        meant = words.get(ending, ending)
        ended.append((meant, decided(meant, at)))

    def view(at: datetime) -> Json:
        left = (now + timedelta(seconds=seconds) - at).total_seconds()
        shown = ended[0] if ended else None
        return {
            "checkout_request_id": ask.identity,
            "phone": str(ask.phone),
            "receiver": ask.receiver,
            "amount": ask.amount,
            "reference": str(ask.reference),
            "paid": shown is not None and shown[0].paid,
            "result": shown and {"code": shown[0].code, "title": shown[0].description, "receipt": shown[1]},
            "seconds_left": 0.0 if ended else max(0.0, left),
            "seconds": seconds,
        }

    prompt = PhonePrompt(
        identity=ask.identity,
        phone=ask.phone,
        ends_at=now + timedelta(seconds=seconds),
        result=given or usual,
        decide=decide,
        view=view,
    )
    services.phones.show(prompt)
