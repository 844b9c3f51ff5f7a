"""A shop's own function is one that does its work when it is called."""

from collections.abc import Awaitable, Generator
from functools import partial

import pytest

from daraja.lifecycle.policy import check_hook, refuse_awaitable


async def later(_: object) -> None: ...


class Promise(Awaitable[None]):
    def __await__(self) -> Generator[None, None, None]:
        yield


def at_once(_: object) -> None: ...


@pytest.mark.parametrize("hook", [None, at_once, partial(at_once, "paid")])
def test_whatever_is_called_will_do(hook: object) -> None:
    check_hook(hook)


@pytest.mark.parametrize("hook", [3, "f", later])
def test_what_cannot_be_called_or_has_to_be_awaited_is_refused(hook: object) -> None:
    with pytest.raises(ValueError, match="must be a plain function"):
        check_hook(hook)


@pytest.mark.parametrize("given", [None, 3, "done"])
def test_what_it_gives_back_does_not_matter(given: object) -> None:
    refuse_awaitable(given)


@pytest.mark.parametrize("make", [lambda: later(None), Promise])
def test_something_to_be_awaited_was_not_done(make: object) -> None:
    assert callable(make)
    with pytest.raises(TypeError, match="returned an awaitable"):
        refuse_awaitable(make())
