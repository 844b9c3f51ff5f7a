"""Who was asked for money, how often, and why somebody was not."""

from collections.abc import Mapping, Sequence
from typing import Final

from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.event_log import EventKind
from daraja.simulator.products.stk.push import Push
from daraja.validation import raise_faults, value_or_fault
from daraja.values.money import whole_shillings
from daraja.values.nairobi_time import EAT
from daraja.values.phone import hide, mask_numbers, normalise_phone, type_name

__all__ = ["assert_not_pushed", "assert_pushed"]

_LAST_REFUSALS: Final = 3


def assert_pushed(
    simulator: Control | Engine,
    *,
    phone: str | None = None,
    amount: int | None = None,
    reference: str | None = None,
    times: int = 1,
) -> Sequence[Push]:
    """Assert how often somebody was asked for money; what is left out may be anything.

    Args:
        simulator: The local Daraja: mounted, served, or the bare engine.
        phone: Whose phone showed the prompt, in any form that people write.
        amount: How much was asked for, in whole KES.
        reference: The account reference.
        times: How often, exactly.

    Returns:
        The pushes that match.

    Raises:
        AssertionError: If it was more or less often; the message lists every push, and what was refused.
        InvalidInput: If *phone* is not a Kenyan mobile number, *amount* is not whole shillings or *reference* is no
            text: it would differ from every push. A ``ValueError`` too.
    """
    __tracebackhide__ = True
    # A traceback may show the local variables of this frame.
    phone, amount, reference = hide(phone), hide(amount), hide(reference)
    wanted = _wanted(phone, amount, reference)
    found = [push for push in _accepted(simulator) if not _differences(push, wanted)]
    if len(found) != times:
        said = f"{times} push{'' if times == 1 else 'es'}{_described(wanted)} expected, and {len(found)} found"
        raise AssertionError("\n".join([f"{said}.", *_pushes(simulator, wanted), *_refusals(simulator)]))
    return found


def assert_not_pushed(
    simulator: Control | Engine, *, phone: str | None = None, amount: int | None = None, reference: str | None = None
) -> None:
    """Assert that nobody was asked for money; with fields, that nobody was asked for that.

    Args:
        simulator: The local Daraja: mounted, served, or the bare engine.
        phone: A phone that shall have shown no prompt, in any form that people write.
        amount: An amount that nobody shall have been asked for, in whole KES.
        reference: An account reference that nobody shall have been asked with.

    Raises:
        AssertionError: If somebody was.
        InvalidInput: If *phone* is not a Kenyan mobile number, *amount* is not whole shillings or *reference* is no
            text: it would differ from every push. A ``ValueError`` too.
    """
    __tracebackhide__ = True
    phone, amount, reference = hide(phone), hide(amount), hide(reference)
    assert_pushed(simulator, phone=phone, amount=amount, reference=reference, times=0)


def _accepted(simulator: Control | Engine) -> Sequence[Push]:
    engine = simulator if isinstance(simulator, Engine) else simulator.engine
    return engine.stk.pushes


def _wanted(phone: str | None, amount: int | None, reference: str | None) -> Mapping[str, object]:
    """Check what is looked for: of a wrong type it would differ from every push, and nobody would notice."""
    __tracebackhide__ = True
    fields: dict[str, object] = {
        "phone": None if phone is None else value_or_fault(normalise_phone, phone),
        "amount": None if amount is None else value_or_fault(whole_shillings, amount),
        "reference": None if reference is None else value_or_fault(_text, reference),
    }
    raise_faults(fields)
    return {name: value for name, value in fields.items() if value is not None}


def _text(reference: str) -> str:
    if not isinstance(reference, str):
        message = f"a reference is text, not {type_name(reference)}; write str(...)"
        raise ValueError(message)
    return reference


def _differences(push: Push, wanted: Mapping[str, object]) -> list[str]:
    return [name for name, value in wanted.items() if getattr(push, name) != value]


def _described(wanted: Mapping[str, object]) -> str:
    words = {"phone": " to {}", "amount": " for KES {}", "reference": " with the reference {!r}"}
    return mask_numbers("".join(words[name].format(value) for name, value in wanted.items()))


def _pushes(simulator: Control | Engine, wanted: Mapping[str, object]) -> list[str]:
    if not _accepted(simulator):
        address = getattr(simulator, "base_url", "the simulator")
        return [f"Nobody was asked for money: no push was accepted; does the shop's configuration lead to {address}?"]
    return ["These are all the pushes:", *(f"    {_line(push, wanted)}" for push in _accepted(simulator))]


def _line(push: Push, wanted: Mapping[str, object]) -> str:
    line = f"{push.asked_at.astimezone(EAT):%H:%M:%S}"
    line += _described({"phone": push.phone, "amount": push.amount, "reference": push.reference})
    different = _differences(push, wanted)
    return f"{line}: another {' and '.join(different)}" if different else line


def _refusals(simulator: Control | Engine) -> list[str]:
    refused = [event.text for event in simulator.events if event.kind is EventKind.REFUSED][-_LAST_REFUSALS:]
    return ["The last refusals:", *(f"    {text}" for text in refused)] if refused else []
