"""A test case for Django's own test runner."""

from functools import cached_property
from typing import Final

from django.test import TestCase
from django.urls import reverse

from daraja.checkout import Checkout
from daraja.config import Config
from daraja.django.apps import this_app
from daraja.http.messages import HttpRequest
from daraja.stores import PaymentStore
from daraja.testing import case
from daraja.testing.defaults import sample_config
from daraja.testing.delivery import deliver_to

_HOST: Final = "https://testserver"


def callback_url() -> str:
    """Return the callback address of the project, which its own ``urls.py`` decides."""
    return _HOST + reverse("daraja:callback")


class DarajaTestCase(case.DarajaTestCase, TestCase):
    """Django's test case with a local Daraja mounted for each test.

    ``daraja.django.checkout()`` uses the settings and the clock of the test, and no ``MPESA_*`` variable is needed.
    Callbacks land in the project's own view. ``daraja_simulator.advance(seconds=90)`` moves the time of both::

        class ShopTest(DarajaTestCase):
            def test_a_sale(self):
                self.client.post("/pay/ORD-1/", {"phone": "0712345678"})
                self.daraja_simulator.pay("0712345678")
                assert self.daraja_checkout.order("ORD-1").paid
    """

    def setUp(self) -> None:
        """Mount the local Daraja, and make the project's checkout talk to it."""
        super().setUp()
        self.enterContext(this_app().replaced(self.daraja_config, self.daraja_clock))

    @cached_property
    def daraja_config(self) -> Config:
        """The settings, with the callback address of the project."""
        return sample_config(callback_url=callback_url())

    @cached_property
    def daraja_checkout(self) -> Checkout:
        """The project's own checkout."""
        return this_app().checkout

    @cached_property
    def daraja_store(self) -> PaymentStore:
        """The store of the project."""
        return self.daraja_checkout.store

    def daraja_deliver(self, callback: HttpRequest, /) -> object:
        """Deliver a callback to the project's view, and run the functions that wait for a commit."""
        with self.captureOnCommitCallbacks(execute=True):
            return deliver_to(self.client)(callback)
