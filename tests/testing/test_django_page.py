"""What the page about Django shows for tests leads the kit to a shop that keeps one checkout for its process."""

import re
from pathlib import Path

import pytest

from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "django.md"
VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "settings",
    "MPESA_ENVIRONMENT": "sandbox",
    "MPESA_CONSUMER_KEY": "some-key",
    "MPESA_CONSUMER_SECRET": "some-secret",
    "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
    "MPESA_PASSKEY": SANDBOX_PASSKEY,
    "MPESA_CALLBACK_URL": "https://shop.example/payments/callback/",
}

SETTINGS = """
ROOT_URLCONF = "urls"
SECRET_KEY = "for tests"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
SECURE_SSL_REDIRECT = True
"""
URLS = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from payments.mpesa import checkout

@csrf_exempt
def receive(request, token):
    reply = checkout().receive(request.body, token=token)
    return HttpResponse(reply.body, status=reply.status_code, content_type=reply.content_type)

urlpatterns = [path("payments/callback/<str:token>/", receive)]
"""
MPESA = """
from functools import cache
from daraja import Checkout, Config, Daraja
from daraja.stores import MemoryStore

@cache
def checkout():
    return Checkout(Daraja(Config.from_env()), MemoryStore())
"""
SALES = """
import pytest
from daraja.testing import assert_paid_once
from payments.mpesa import checkout

@pytest.mark.parametrize("phone", ["254712345678", "254700008031", "254712345678"])
def test_a_sale(daraja_simulator, phone):
    payment = checkout().start(phone=phone, amount=500, reference="ORD-1")
    if daraja_simulator.prompts:
        daraja_simulator.pay(phone)
    daraja_simulator.advance(seconds=5)
    assert_paid_once(checkout(), payment)
"""


def test_a_shop_of_django_s_is_tested_with_three_fixtures(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    [conftest] = re.findall(r"^```python\n(# conftest\.py\n.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    pytester.mkpydir("payments").joinpath("mpesa.py").write_text(MPESA, encoding="utf-8")
    pytester.makepyfile(settings=SETTINGS, urls=URLS, conftest=conftest, test_sales=SALES)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    run = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    run.assert_outcomes(passed=3)
