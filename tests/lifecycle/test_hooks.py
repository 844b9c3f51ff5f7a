"""A shop's own function is one that does its work when it is called."""

from collections.abc import Awaitable, Generator
from functools import partial
from typing import Any

import pytest

from daraja import Payment
from daraja.lifecycle.policy import check_hook, refuse_awaitable
from tests.support.scripted import PHONE
from tests.support.shops import a_shop


async def later(_: object) -> None: ...


class Promise(Awaitable[None]):
    def __await__(self) -> Generator[None, None, None]:
        yield


def at_once(_: object) -> None: ...


@pytest.mark.parametrize("hook", [None, at_once, partial(at_once, "paid")])
def test_every_callable_is_accepted(hook: object) -> None:
    check_hook(hook)


@pytest.mark.parametrize("hook", [3, "f", later])
def test_a_hook_that_is_not_callable_or_is_async_is_refused(hook: object) -> None:
    with pytest.raises(ValueError, match="must be a plain function"):
        check_hook(hook)


@pytest.mark.parametrize("given", [None, 3, "done"])
def test_the_return_value_is_ignored(given: object) -> None:
    refuse_awaitable(given)


@pytest.mark.parametrize("make", [lambda: later(None), Promise])
def test_a_returned_awaitable_is_an_error(make: object) -> None:
    assert callable(make)
    with pytest.raises(TypeError, match="returned an awaitable"):
        refuse_awaitable(make())


def test_a_hook_cannot_change_what_is_stored_by_changing_its_argument() -> None:
    def meddle(payment: Payment) -> None:
        metadata = payment.metadata
        metadata.pop("order")
        metadata["lines"].clear()
        payment.metadata["lines"].append("sheet")

    shop = a_shop(on_success=meddle)
    metadata = {"order": "7", "lines": ["shirt"]}
    wanted: dict[str, Any] = {
        "phone": PHONE,
        "amount": 500,
        "reference": "ORD-7",
        "idempotency_key": "7",
        "metadata": metadata,
    }
    payment = shop.checkout.start(**wanted)
    shop.claim(payment)

    assert shop.now(payment).metadata == {"order": "7", "lines": ["shirt"]}
    assert shop.now(payment).notified_at is not None
    assert shop.checkout.start(**wanted) == shop.now(payment)
    assert not hasattr(payment.facts, "clear")
