"""The same kit for unittest, and so for Django's test runner."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from typing import Any
from unittest import TestCase

from daraja.checkout import Checkout
from daraja.client import Daraja
from daraja.config import Config
from daraja.http.messages import HttpRequest
from daraja.payments import Payment
from daraja.result_codes import Outcome
from daraja.simulator.engine import Engine
from daraja.simulator.products.stk.behaviours import Change
from daraja.simulator.products.stk.push import Push
from daraja.stores import MemoryStore, PaymentStore
from daraja.testing.adapters import MountedDaraja, mount_httpx2, mount_requests
from daraja.testing.assertions import (
    assert_not_paid,
    assert_not_pushed,
    assert_paid_once,
    assert_pushed,
    fails_in_the_test,
)
from daraja.testing.callbacks import PostedCallback, stk_callback
from daraja.testing.clock import ManualClock
from daraja.testing.defaults import CALLBACK_URL, engine_for, sample_config
from daraja.testing.delivery import deliver_to


class DarajaTestCase(TestCase):
    """A test case with a local Daraja mounted for each test; put it before the test case of your framework.

    >>> class ShopTest(DarajaTestCase):
    ...     def test_a_sale(self) -> None:
    ...         payment = self.daraja_checkout.start(phone="0712345678", amount=500, reference="ORD-1")
    ...         self.assert_pushed(phone="0712345678", amount=500)
    ...         self.daraja_simulator.pay("0712345678")
    ...         self.assert_paid_once(payment)
    >>> ShopTest("test_a_sale").run().wasSuccessful()
    True

    What is sent with ``requests`` or with an ``AsyncClient`` of httpx2 opens no socket, and to any other address it is
    an error. What is a property here is made when it is first asked for; override any of them, and ``daraja_deliver``
    to have callbacks land in your view.
    """

    daraja_callback_url = CALLBACK_URL
    """Where callbacks go; its path is what a test client is asked."""

    daraja_simulator: MountedDaraja
    """The local Daraja, made by ``setUp``."""

    def setUp(self) -> None:
        """Mount the local Daraja at the address of ``daraja_config``.

        Raises:
            ConfigurationError: If that is production; override ``daraja_config`` with settings of the sandbox.
            ImportError: If requests-mock is not installed.
        """
        if find_spec("requests_mock") is None:
            raise ImportError('DarajaTestCase needs requests-mock; install it with: pip install "daraja-kit[testing]"')
        import requests_mock  # noqa: PLC0415 - an extra

        super().setUp()
        self.daraja_simulator = MountedDaraja(
            self.daraja_engine,
            self.daraja_clock,
            base_url=self.daraja_config.environment.base_url,
            deliver=self.daraja_deliver,
        )
        mount_requests(self.daraja_simulator, self.enterContext(requests_mock.Mocker()))
        self.enterContext(mount_httpx2(self.daraja_simulator))

    @cached_property
    def daraja_clock(self) -> ManualClock:
        """The time of the simulator and the client: begins at the time of day, and moves only when told to."""
        return ManualClock(datetime.now(UTC))

    @cached_property
    def daraja_config(self) -> Config:
        """The settings; override them with your shop's."""
        return sample_config(callback_url=self.daraja_callback_url)

    @cached_property
    def daraja_engine(self) -> Engine:
        """The engine of the simulator; it knows the pay bill or till of ``daraja_config``."""
        return engine_for(self.daraja_config.business)

    @cached_property
    def daraja_client(self) -> Daraja:
        """A client of the simulator, at its time."""
        return self.enterContext(Daraja(self.daraja_config, clock=self.daraja_clock))

    @cached_property
    def daraja_store(self) -> PaymentStore:
        """Where ``daraja_checkout`` keeps payments: an empty ``MemoryStore``."""
        return MemoryStore()

    @cached_property
    def daraja_checkout(self) -> Checkout:
        """A checkout over ``daraja_client`` and ``daraja_store``."""
        return Checkout(self.daraja_client, self.daraja_store)

    def daraja_deliver(self, callback: HttpRequest, /) -> object:
        """Deliver a callback of the simulator: to ``daraja_checkout``, unless you override it.

        ``return deliver_to(self.client)(callback)`` lets it land in a view of Django's.
        """
        return deliver_to(self.daraja_checkout)(callback)

    def stk_callback(
        self,
        payment: Payment,
        outcome: Outcome | str = Outcome.PAID,
        *changes: Change,
        **fields: Any,  # noqa: ANN401 - as stk_callback has them
    ) -> PostedCallback:
        """Make the callback of a payment as ``daraja.testing.stk_callback`` does, signed with ``daraja_config``."""
        fields.setdefault("config", self.daraja_config)
        return stk_callback(payment, outcome, *changes, **fields)

    @fails_in_the_test
    def assert_pushed(
        self, *, phone: str | None = None, amount: int | None = None, reference: str | None = None, times: int = 1
    ) -> Sequence[Push]:
        """Assert how often somebody was asked for money; see ``daraja.testing.assert_pushed``."""
        return assert_pushed(self.daraja_simulator, phone=phone, amount=amount, reference=reference, times=times)

    @fails_in_the_test
    def assert_not_pushed(
        self, *, phone: str | None = None, amount: int | None = None, reference: str | None = None
    ) -> None:
        """Assert that nobody was asked for money; see ``daraja.testing.assert_not_pushed``."""
        assert_not_pushed(self.daraja_simulator, phone=phone, amount=amount, reference=reference)

    @fails_in_the_test
    def assert_paid_once(self, payment: str | Payment) -> Payment:
        """Assert that a payment was paid once; see ``daraja.testing.assert_paid_once``."""
        return assert_paid_once(self.daraja_checkout, payment)

    @fails_in_the_test
    def assert_not_paid(self, payment: str | Payment) -> Payment:
        """Assert that a payment does not count as paid; see ``daraja.testing.assert_not_paid``."""
        return assert_not_paid(self.daraja_checkout, payment)
