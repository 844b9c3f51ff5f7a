"""A model of the shop's own, with a foreign key, keeps the same promises."""

from collections.abc import Generator

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from daraja import Checkout, Config, Payment
from daraja.django.apps import this_app
from daraja.ledger import Filter, Ledger
from daraja.testing import MountedDaraja
from daraja.testing.django.contract import DjangoFulfilmentContract, DjangoStoreContract
from tests.django.project.shop.models import NumberedPayment, Order, ShopPayment

OWN = "shop.ShopPayment"


class OrdersForEach:
    """Every order that a payment names is there."""

    @pytest.fixture(autouse=True)
    def own_model(self, transactional_db: None) -> Generator[None]:  # noqa: ARG002 - a fixture
        with override_settings(DARAJA_PAYMENT_MODEL=OWN):
            yield

    def make_payment(self, **changes: object) -> Payment:
        payment: Payment = super().make_payment(**changes)  # type: ignore[misc] # of the contract beside it
        if payment.order is not None:
            Order.objects.get_or_create(number=payment.order, defaults={"total": 500})
        return payment


@pytest.mark.slow
class TestOwnModel(OrdersForEach, DjangoStoreContract):
    pass


@pytest.mark.slow
class TestOwnFulfilment(OrdersForEach, DjangoFulfilmentContract):
    pass


@pytest.fixture
def own(db: None, daraja_config: Config) -> Generator[Checkout]:
    with override_settings(DARAJA_PAYMENT_MODEL=OWN), this_app().replaced(daraja_config) as checkout:
        yield checkout


def test_an_order_has_its_payments_and_staff_finds_them_by_it(own: Checkout, daraja_simulator: MountedDaraja) -> None:
    order = Order.objects.create(number="ORD-2026/001", total=500)
    payment = own.charge(order=order.number, phone="0712345678", amount=order.total)
    row = ShopPayment.objects.get(order=order)
    assert (row.order_name, row.is_open, row.record) == ("ORD-2026/001", True, payment)
    assert str(row) == "KES 500 for ORD-2026/001"

    client = Client()
    client.force_login(User.objects.create_superuser("wanjiku"))  # type: ignore[arg-type] # mypy's plugin knows the users of the example only
    assert payment.key in client.get("/admin/shop/shoppayment/", {"q": "2026/0"}).content.decode()
    assert payment.key not in client.get("/admin/shop/shoppayment/", {"q": "2027"}).content.decode()


@pytest.mark.usefixtures("db", "daraja_simulator")
def test_what_can_be_no_number_of_an_order_names_no_payment(daraja_config: Config) -> None:
    order = Order.objects.create(number="ORD-1", total=500)
    own_model = override_settings(DARAJA_PAYMENT_MODEL="shop.NumberedPayment")
    with own_model, this_app().replaced(daraja_config) as checkout:
        payment = checkout.charge(order=str(order.pk), phone="0712345678", amount=500)
        assert NumberedPayment.objects.get().order == order
        ledger = Ledger(checkout.store)
        assert ledger.list(Filter(order=str(order.pk))).records == (payment,)
        assert ledger.list(Filter(order="ORD-1")).records == ()
        assert checkout.order("ORD-1").attempts == ()
