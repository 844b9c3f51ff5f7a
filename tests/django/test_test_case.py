"""Django's own test runner has the same kit, with a clock that moves both sides."""

from datetime import timedelta

from daraja import Status
from daraja.django.models import Payment
from daraja.django.signals import payment_succeeded
from daraja.testing.django import DarajaTestCase
from tests.django.project.shop.models import Order

PHONE = "254712345678"


class PayTest(DarajaTestCase):
    def setUp(self) -> None:
        super().setUp()
        Order.objects.create(number="ORD-1", total=500)
        self.client.post("/pay/ORD-1/", {"phone": PHONE})

    def test_a_customer_pays(self) -> None:
        heard = list[str]()

        def hear(payment: object, **_: object) -> None:
            heard.append(str(payment))

        payment_succeeded.connect(hear)
        self.daraja_simulator.pay(PHONE)
        payment_succeeded.disconnect(hear)
        assert self.daraja_checkout.order("ORD-1").paid
        assert Order.objects.get().paid_at is not None
        self.assert_paid_once(Payment.objects.get().key)
        assert len(heard) == 1, "what waits for the commit has run"

    def test_time_passes_for_both_sides(self) -> None:
        before = self.daraja_clock.now()
        self.daraja_simulator.advance(seconds=600)
        self.daraja_checkout.reconcile()
        payment = self.daraja_store.load(Payment.objects.get().key)
        assert payment is not None
        assert payment.status is Status.TIMEOUT
        assert payment.updated_at - before >= timedelta(seconds=20)

    def test_a_shop_that_asks_nobody_is_seen(self) -> None:
        self.assert_pushed(phone=PHONE, amount=500, reference="ORD-1")
