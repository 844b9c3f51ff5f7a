"""The kit for unittest: alone, and before Django's own test case."""

import sys
import unittest
from functools import cached_property

import httpx2
import pytest
import requests
from requests_mock import NoMockAddress

from daraja import AsyncCheckout, AsyncDaraja, Checkout, Config, Daraja, Till
from daraja.http.messages import HttpRequest
from daraja.simulator.products.stk.behaviours import without_metadata
from daraja.stores import MemoryStore
from daraja.testing import DarajaTestCase, deliver_to, sample_config

PHONE = "254712345678"


class TestByItself(DarajaTestCase):
    """The parts that it makes when nothing is overridden."""

    def test_a_whole_sale(self) -> None:
        self.assert_not_pushed()
        payment = self.daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        [push] = self.assert_pushed(phone=PHONE, amount=500, reference="ORD-1")
        self.assert_not_paid(payment)
        self.daraja_simulator.pay(PHONE)
        paid = self.assert_paid_once(payment.key)

        assert push.checkout_request_id == paid.checkout_request_id
        assert self.daraja_store.load(payment.key) == paid

    def test_a_callback_that_was_never_sent(self) -> None:
        payment = self.daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        self.stk_callback(payment, "paid", without_metadata).send(self.daraja_checkout)
        assert self.assert_paid_once(payment).receipt is None

    def test_time_moves_only_on_command(self) -> None:
        before = self.daraja_clock.now()
        payment = self.daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        self.daraja_simulator.advance(seconds=30)

        assert self.assert_not_paid(payment).status == "timeout"
        assert (self.daraja_clock.now() - before).total_seconds() == 30

    def test_no_request_goes_anywhere_else(self) -> None:
        with pytest.raises(NoMockAddress):
            requests.get("https://shop.example/", timeout=1)


def test_without_requests_mock_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests_mock", None)
    with pytest.raises(ImportError, match="install it with: pip install"):
        TestByItself("test_a_whole_sale").setUp()


class TestOverridden(DarajaTestCase):
    """A shop's own settings, and its own checkout."""

    daraja_callback_url = "https://shop.example/heard/"

    @cached_property
    def daraja_config(self) -> Config:
        till = Till(store="600222", till="5050505", passkey="a-passkey")
        return sample_config(till, base_url="https://sandbox.safaricom.co.ke", callback_url=self.daraja_callback_url)

    @cached_property
    def heard(self) -> list[HttpRequest]:
        return []

    def daraja_deliver(self, callback: HttpRequest, /) -> object:
        self.heard.append(callback)
        return deliver_to(self.daraja_checkout)(callback)

    def test_all_the_others_follow(self) -> None:
        payment = self.daraja_checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        self.daraja_simulator.pay(PHONE)
        self.assert_paid_once(payment)

        assert self.daraja_simulator.pushes[0].receiver == "5050505"
        assert self.heard[0].url.startswith(f"https://shop.example/heard/1a{payment.key}")
        assert self.daraja_client.config is self.daraja_config


class TestAsync(DarajaTestCase, unittest.IsolatedAsyncioTestCase):
    """An async shop, in async tests."""

    @cached_property
    def checkout(self) -> AsyncCheckout:
        return AsyncCheckout(AsyncDaraja(self.daraja_config, clock=self.daraja_clock), MemoryStore())

    def daraja_deliver(self, callback: HttpRequest, /) -> object:
        return deliver_to(self.checkout)(callback)

    async def test_a_whole_sale(self) -> None:
        payment = await self.checkout.start(phone=PHONE, amount=500, reference="ORD-1")
        self.assert_pushed(phone=PHONE, amount=500)
        self.daraja_simulator.pay(PHONE)
        assert (await self.checkout.payment(payment.key)).paid


def test_patches_are_undone_after_each_test() -> None:
    before, before_async = requests.Session.send, httpx2.AsyncHTTPTransport.handle_async_request
    result = TestByItself("test_a_whole_sale").run()

    assert result is not None
    assert result.wasSuccessful()
    assert requests.Session.send is before
    assert httpx2.AsyncHTTPTransport.handle_async_request is before_async


def test_a_failure_is_a_failure_of_unittest() -> None:
    class Failing(DarajaTestCase):
        def test_nobody_was_asked(self) -> None:
            self.assert_pushed(phone=PHONE)

    result = Failing("test_nobody_was_asked").run()

    assert isinstance(result, unittest.TestResult)
    [(_, told)] = result.failures
    assert "1 push to 2547*****678 expected, and 0 found." in told


DJANGO_SHOP = """
import sys
import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest

settings.configure(
    ROOT_URLCONF=__name__,
    SECRET_KEY="for tests",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    SECURE_SSL_REDIRECT=True,
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, TestCase
from django.test.runner import DiscoverRunner
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.test import APIClient

from daraja.testing import DarajaTestCase, deliver_to

shop = {}

def receive(request, token):
    if request.headers.get("Authorization") or request.user.is_authenticated:
        return HttpResponse("only for strangers", status=403)
    reply = shop["checkout"].receive(request.body, token=token)
    return HttpResponse(reply.body, status=reply.status_code, content_type=reply.content_type)

@api_view(["POST"])
def receive_rest(request, token):
    if request.user.is_authenticated:
        return Response("only for strangers", status=403)
    reply = shop["checkout"].receive(request.data, token=token)
    return Response({"taken": True}, status=reply.status_code)

urlpatterns = [
    path("payments/callback/<token>/", csrf_exempt(receive)),
    path("rest/callback/<token>/", receive_rest),
    path("guarded/callback/<token>/", receive),
]

class ShopTest(DarajaTestCase, TestCase):
    def setUp(self):
        super().setUp()
        self.user = User.objects.create_user("wanjiku", password="a password")
        shop["checkout"] = self.daraja_checkout

    def daraja_deliver(self, callback):
        return deliver_to(self.client)(callback)

    def start(self):
        return self.daraja_checkout.start(phone="0712345678", amount=500, reference="ORD-1")

    def test_a_callback_lands_in_a_view_as_a_stranger_s(self):
        self.client.force_login(self.user)
        self.client.defaults["HTTP_AUTHORIZATION"] = "Token of-the-customer"
        payment = self.start()
        self.daraja_simulator.pay("0712345678")
        self.assert_paid_once(payment)
        self.assertIn("sessionid", self.client.cookies)
        self.assertIn("HTTP_AUTHORIZATION", self.client.defaults)
        self.assertFalse(self.client.handler.enforce_csrf_checks)

class RestTest(ShopTest):
    daraja_callback_url = "https://shop.example/rest/callback/"
    client_class = APIClient

    def test_a_callback_lands_in_a_view_as_a_stranger_s(self):
        self.client.force_authenticate(self.user)
        self.client.credentials(HTTP_X_CUSTOMER="wanjiku")
        payment = self.start()
        self.daraja_simulator.pay("0712345678")
        self.assert_paid_once(payment)
        self.assertEqual(self.client._credentials, {"HTTP_X_CUSTOMER": "wanjiku"})
        self.assertIs(self.client.handler._force_user, self.user)

class GuardedTest(ShopTest):
    daraja_callback_url = "https://shop.example/guarded/callback/"

    def test_a_callback_lands_in_a_view_as_a_stranger_s(self):
        payment = self.start()
        with self.assertRaisesRegex(AssertionError, "HTTP 403: .*neither a login nor a CSRF token"):
            self.daraja_simulator.pay("0712345678")
        self.assert_not_paid(payment)
        self.assertEqual(self.stk_callback(payment).send(self.client).status_code, 403)

class PlainHttpTest(ShopTest):
    daraja_callback_url = "http://shop.example/payments/callback/"

    def test_a_callback_lands_in_a_view_as_a_stranger_s(self):
        self.start()
        with self.assertRaisesRegex(AssertionError, "HTTP 301: Safaricom follows no redirect"):
            self.daraja_simulator.pay("0712345678")

if __name__ == "__main__":
    sys.exit(DiscoverRunner(verbosity=0).run_tests(["__main__"]))
"""


def test_django_s_own_test_case_and_runner_go_with_it(pytester: pytest.Pytester) -> None:
    program = pytester.makepyfile(django_shop=DJANGO_SHOP)
    run = pytester.runpython(program)

    run.stderr.fnmatch_lines(["Ran 4 tests in *", "OK"])
    assert run.ret == 0


def test_its_parts_are_those_of_the_library() -> None:
    case = TestOverridden("test_all_the_others_follow")
    client: Daraja = case.daraja_client
    checkout: Checkout = case.daraja_checkout
    case.doCleanups()

    assert client.config.business.shortcode == "600222"
    assert checkout.store is case.daraja_store
