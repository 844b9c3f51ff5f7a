"""Give a body to every parser, and check that the result makes sense or that CallbackMalformed is raised."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar, cast

from daraja import IncomingPayment, Outcome, Result, parse_incoming, parse_result, parse_stk_callback, parse_timeout
from daraja.errors import CallbackMalformed
from tests.support.results import PHONE

__all__ = ["PARSERS", "check", "check_as"]

Parsed = TypeVar("Parsed")

PRODUCTS: Final = ["b2c", "b2b", "tax", "reversal", "status", "balance", "express", "standing_order"]
PARSERS: Final = [*PRODUCTS, "incoming", "push", "timeout"]


def check(body: object) -> None:
    """Give the body to every parser, and check each result."""
    for parser in PARSERS:
        check_as(parser, body)


def check_as(parser: str, body: object) -> None:
    if parser == "incoming":
        if (paid := read(parse_incoming, body)) is not None:
            check_payment(paid)
    elif parser == "push":
        read(parse_stk_callback, body)
    elif parser == "timeout":
        assert "c2VjcmV0" * 20 not in str(dict(parse_timeout(body).parameters))
    elif (said := read(partial(parse_result, parser), body)) is not None:
        check_result(said)


def read(parse: Callable[[bytes], Parsed], body: object) -> Parsed | None:
    try:
        return parse(cast("bytes", body))
    except CallbackMalformed as error:
        shown = str(error)
    assert PHONE[3:] not in shown
    return None


def properties_of(kind: type[object]) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_") and isinstance(getattr(kind, name), property)]


def check_result(said: Result) -> None:
    is_done = said.outcome in {Outcome.PAID, Outcome.ANSWERED}
    assert said.result_code == "0" or not is_done
    assert said.receipt is None or is_done
    assert said.amount is None or (said.amount.is_finite() and said.amount >= 0)
    assert said.explanation.outcome is said.outcome
    for name in properties_of(type(said)):
        getattr(said, name)  # none of them may raise
    assert all(isinstance(balance.available, Decimal | None) for balance in said.balances.values())
    assert PHONE[3:] not in repr(said) + repr(said.receiver) + repr(said.sender)


def check_payment(paid: IncomingPayment) -> None:
    assert paid.receipt.strip()
    assert paid.amount.is_finite()
    assert paid.amount >= 0
    assert PHONE[3:] not in repr(paid)
