"""A project whose users have UUIDs as keys takes payments that name their customer, and its staff decides them."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import daraja
from tests.support.unmeasured import unmeasured

SOURCE: Final = Path(daraja.__file__).parents[1]

SETTINGS: Final = """
DEBUG = True
SECRET_KEY = "only-for-tests"
ROOT_URLCONF = "urls"
AUTH_USER_MODEL = "people.User"
DARAJA_PAYMENT_MODEL = "people.Payment"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
CONTRIB = ["admin", "auth", "contenttypes", "messages", "sessions"]
INSTALLED_APPS = [*(f"django.contrib.{name}" for name in CONTRIB), "daraja.django", "people"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PROCESSORS = [f"django.contrib.{name}.context_processors.{name}" for name in ("auth", "messages")]
PROCESSORS += ["django.template.context_processors.request"]
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": PROCESSORS},
}]
STATIC_URL = "static/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""

URLS: Final = """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("payments/callback/", include("daraja.django.urls"))]
"""

MODELS: Final = """
import uuid

from daraja.django.models import AbstractPayment
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)


class Payment(AbstractPayment):
    customer = models.ForeignKey(User, on_delete=models.PROTECT)

    class Meta(AbstractPayment.Meta):
        pass

    @classmethod
    def columns_for(cls, payment):
        return {"customer_id": payment.metadata["customer"]}
"""

ADMIN: Final = """
from daraja.django.admin import PaymentAdmin
from django.contrib import admin
from people.models import Payment

admin.site.register(Payment, PaymentAdmin)
"""

TESTS: Final = """
from daraja.testing.django import DarajaTestCase
from people.models import Payment, User


class ShopTest(DarajaTestCase):
    def setUp(self):
        super().setUp()
        self.user = User.objects.create_superuser("wanjiku")
        about = {"customer": str(self.user.pk)}
        self.daraja_checkout.charge(order="ORD-1", phone="0712345678", amount=500, metadata=about)

    def test_a_payment_names_its_customer(self):
        self.daraja_simulator.pay("0712345678")
        self.assertEqual(Payment.objects.get(customer=self.user).status, "success")

    def test_staff_finds_and_decides_it(self):
        payment = Payment.objects.get()
        self.client.force_login(self.user)
        page = f"/admin/people/payment/{payment.key}/"
        self.assertContains(self.client.get("/admin/people/payment/?q=ORD-1"), payment.key)
        self.assertContains(self.client.get(f"{page}change/"), "ORD-1")
        self.client.post(f"{page}resolve/", {"paid": "no", "note": "not on the statement"})
        self.assertEqual(Payment.objects.get().record.resolution.by, "wanjiku")
"""


def test_users_with_uuids_pay_and_decide(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    files = {"settings": SETTINGS, "urls": URLS, "people/models": MODELS, "people/admin": ADMIN, "people/tests": TESTS}
    for name, text in (files | {"people/__init__": "", "people/migrations/__init__": ""}).items():
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def manage(*arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=tmp_path,
            env=unmeasured() | {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": f"{tmp_path}:{SOURCE}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout + run.stderr

    manage("makemigrations", "people")
    assert "No changes detected" in manage("makemigrations", "--check")
    assert "Ran 2 tests" in manage("test", "people")
