"""A call crosses few files of the library, so that a reader can follow it."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import daraja
from daraja import Checkout, Daraja
from daraja.stores import MemoryStore
from daraja.testing import stk_callback
from tests.support.scripted import ScriptedTransport, accepted, settings, token

PACKAGE = Path(daraja.__file__).parent


def files_of(call: Callable[[], object]) -> set[str]:
    """Return the files of the package whose functions run during a call."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    inside = (Path(name) for name in files if Path(name).is_relative_to(PACKAGE))
    return {str(path.relative_to(PACKAGE)) for path in inside}


def a_client() -> Daraja:
    """Return a client that has its access token already."""
    client = Daraja(settings(), transport=ScriptedTransport([token(), accepted(), accepted("ws_CO_1")]))
    client.stk_push(phone="0712345678", amount=1, reference="ORD-1")
    return client


def test_a_push_crosses_few_files() -> None:
    client = a_client()

    files = files_of(lambda: client.stk_push(phone="0712345678", amount=1, reference="ORD-1"))
    assert "http/exchange.py" in files
    assert len(files) <= 11, sorted(files)


def test_the_start_of_a_payment_crosses_few_files() -> None:
    checkout = Checkout(a_client(), MemoryStore())

    files = files_of(lambda: checkout.start(phone="0712345678", amount=1, reference="ORD-1"))
    assert "lifecycle/state_machine.py" in files
    assert len(files) <= 20, sorted(files)


def test_a_callback_crosses_few_files() -> None:
    checkout = Checkout(a_client(), MemoryStore())
    callback = stk_callback(checkout.start(phone="0712345678", amount=1, reference="ORD-1"), config=settings())
    body, signed = callback.body, callback.token

    files = files_of(lambda: checkout.receive(body, token=signed))
    assert "lifecycle/state_machine.py" in files
    assert len(files) <= 15, sorted(files)


def test_the_charge_of_an_order_crosses_few_files() -> None:
    checkout = Checkout(a_client(), MemoryStore())

    files = files_of(lambda: checkout.charge(order="ORD-1", phone="0712345678", amount=1))
    assert "payments/order.py" in files
    assert len(files) <= 22, sorted(files)
