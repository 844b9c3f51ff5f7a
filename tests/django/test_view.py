"""The callback view takes what Safaricom sends, from anybody, and says only what Safaricom needs."""

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory

from daraja import Checkout
from daraja.django.models import Callback, Payment
from daraja.django.views import CallbackView, network_of
from daraja.testing import MountedDaraja
from daraja.testing.delivery import path_of

PHONE = "254712345678"


@pytest.fixture
def signed(db: None, daraja_django: Checkout, daraja_simulator: MountedDaraja) -> tuple[str, bytes]:
    """Return the path and the body of a callback that says paid."""
    daraja_django.start(phone=PHONE, amount=500, reference="ORD-1")
    with daraja_simulator.hold():
        daraja_simulator.pay(PHONE)
        (callback,) = daraja_simulator.due()
    return path_of(callback), callback.body


def post(path: str, body: bytes, **more: str) -> int:
    client = Client(enforce_csrf_checks=True)
    return client.post(path, body, content_type="application/json", headers=more).status_code


def test_a_callback_is_taken_with_and_without_the_last_slash(
    daraja_django: Checkout, signed: tuple[str, bytes]
) -> None:
    path, body = signed
    assert post(path.rstrip("/"), body) == 200
    assert post(path, body) == 200
    assert Callback.objects.filter(processed=True).count() == 2


def test_the_address_of_the_sender_is_counted_from_the_right(
    settings: LazySettings, daraja_django: Checkout, signed: tuple[str, bytes]
) -> None:
    settings.DARAJA = {"NUM_PROXIES": 1}
    path, body = signed
    post(path, body, X_Forwarded_For="6.6.6.6, 196.201.214.200")
    assert Callback.objects.get().remote_ip == "196.201.214.200"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("unix:", ""),
    ],
)
def test_the_requests_of_one_visitor_count_together(address: str, network: str) -> None:
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


@pytest.mark.parametrize("token", ["", "no-token/", "1a" + "0" * 96 + "/"])
def test_an_unsigned_callback_proves_nothing(daraja_django: Checkout, signed: tuple[str, bytes], token: str) -> None:
    assert post(f"/payments/callback/{token}", signed[1]) == (404 if token else 200)
    assert Payment.objects.get().status == "initiated"


def test_a_body_that_is_too_long_is_cut_and_kept(daraja_django: Checkout, signed: tuple[str, bytes]) -> None:
    assert post(signed[0], b" " * 100_000) == 200
    assert len(Callback.objects.get().body) <= 65_537


def test_nothing_but_post_is_taken(daraja_django: Checkout, signed: tuple[str, bytes]) -> None:
    assert Client().get(signed[0]).status_code == 405


def test_a_project_may_take_callbacks_for_several_pay_bills(
    daraja_django: Checkout, signed: tuple[str, bytes], rf: RequestFactory
) -> None:
    class OfBranch(CallbackView):
        def checkout(self) -> Checkout:
            assert self.kwargs["branch"] == "kisumu"
            return daraja_django

    path, body = signed
    request = rf.post(path, body, content_type="application/json")
    token = path.rstrip("/").rpartition("/")[2]
    assert OfBranch.as_view()(request, branch="kisumu", token=token).status_code == 200
    assert Payment.objects.get().status == "success"
