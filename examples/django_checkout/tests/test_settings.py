"""Every setting stands in .env.example, production is as safe as Django asks, no migration is forgotten."""

import ast
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import shop
from daraja.config.checks import VARIABLES

PROJECT: Final = Path(shop.__file__).parents[1]
NEEDED: Final = (
    "MPESA_CONSUMER_KEY",
    "MPESA_CONSUMER_SECRET",
    "MPESA_BUSINESS_SHORTCODE",
    "MPESA_PASSKEY",
    "MPESA_CALLBACK_URL",
)


PAYOUTS: Final = {"MPESA_PAYOUTS", "MPESA_PAYOUT_MAX", "MPESA_PAYOUT_DAILY_MAX", "MPESA_PAYOUT_RECIPIENT_DAILY_MAX"}
OPTIONAL: Final = {
    *("MPESA_ENVIRONMENT", "MPESA_BASE_URL", "MPESA_TILL_NUMBER", "MPESA_CALLBACK_SECRETS"),
    *("MPESA_INITIATOR_NAME", "MPESA_SECURITY_CREDENTIAL", "MPESA_REGISTERED_SECRET", *PAYOUTS),
}
"""The other variables of the library are for products that this shop does not use."""


def read_by_settings() -> set[str]:
    """Give the name in every call such as ``env.str("NAME")``."""
    calls = (
        node for node in ast.walk(ast.parse((PROJECT / "shop/settings.py").read_text())) if isinstance(node, ast.Call)
    )
    of_env = (call for call in calls if ast.unparse(call.func).startswith("env.") and call.args)
    return {ast.literal_eval(call.args[0]) for call in of_env if isinstance(call.args[0], ast.Constant)}


def explained() -> list[str]:
    return re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)


def test_every_variable_that_is_read_is_explained_and_no_other() -> None:
    assert len(explained()) == len(set(explained()))
    assert set(explained()) == read_by_settings() | {*NEEDED, *OPTIONAL}
    assert {*NEEDED, *OPTIONAL} <= set(VARIABLES.values())


def test_the_five_that_mpesa_needs_come_first() -> None:
    assert tuple(explained()[:5]) == NEEDED


def test_each_stands_under_a_comment() -> None:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    assigns = [bool(re.match(r"(# )?[A-Z][A-Z_]+=", line)) for line in lines]
    for place, line in enumerate(lines):
        if assigns[place] and not assigns[place - 1]:
            assert re.match("# .*[.:]", lines[place - 1]), line


# Other processes, as settings are read once


def live_settings() -> dict[str, str]:
    """Give what the README has for production, filled in."""
    text = (PROJECT / "README.md").read_text().partition("## Going live")[2]
    variables = dict(re.findall(r"^    ([A-Z_]+)=(.*)$", text, re.MULTILINE))
    own = {
        "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "MPESA_CONSUMER_KEY": "9v38Dtu5u2BpsITPmLcXNWGMsjZRWSTG",
        "MPESA_CONSUMER_SECRET": "bclwIPkcRqw61yUt",
        "MPESA_BUSINESS_SHORTCODE": "600111",
        "MPESA_PASSKEY": "a-passkey-of-our-own",
        "MPESA_REGISTERED_SECRET": "a-secret-for-years-and-years",
    }
    assert own.keys() <= variables.keys()
    return {name: re.sub("<.*?>", "invented", value) for name, value in variables.items()} | own


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` with these variables and no others of the shop's."""
    ours = {*explained(), "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
    environ = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**environ, "LOG_FILE": os.devnull, **variables},
    )


def test_the_documented_production_has_nothing_to_complain_of() -> None:
    run = manage("check", "--deploy", "--fail-level", "WARNING", **live_settings())

    assert (run.stderr, run.returncode) == ("", 0)
    assert "no issues" in run.stdout


def test_migrations_hold_every_change_of_the_models() -> None:
    run = manage("makemigrations", "--check", "--dry-run", DEBUG="true", DATABASE_URL="sqlite://:memory:")

    assert (run.stdout, run.returncode) == ("No changes detected\n", 0)


TELL: Final = """
import django
django.setup()
from django.conf import settings
from django.core.cache import caches
mail = settings.MAILERS["default"]["BACKEND"] if hasattr(settings, "MAILERS") else settings.EMAIL_BACKEND
print(
    settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE,
    settings.SECURE_PROXY_SSL_HEADER, settings.SECURE_HSTS_SECONDS,
    settings.STORAGES["staticfiles"]["BACKEND"].rpartition(".")[2],
    settings.DATABASES["default"]["ENGINE"].rpartition(".")[2], settings.DATABASES["default"]["CONN_MAX_AGE"],
    settings.DATABASES["default"].get("CONN_HEALTH_CHECKS"), type(caches["default"]).__name__,
    mail.split(".")[-2], settings.SMS_BACKEND.rpartition(".")[2], settings.ALLOWED_HOSTS,
    settings.CACHES["default"].get("OPTIONS"), sep="|",
)
"""


def test_production_is_https_with_strict_cookies_compressed_files_and_kept_connections() -> None:
    run = manage("shell", "--no-imports", "--command", TELL, **live_settings())

    assert run.stdout.strip().split("|") == [
        *("True", "True", "True", "('HTTP_X_FORWARDED_PROTO', 'https')", "31536000"),
        *("CompressedManifestStaticFilesStorage", "postgresql", "60", "True", "RedisCache", "smtp"),
        # A Redis that hangs hangs nobody.
        *("ConsoleSms", "['shop.example']", "{'socket_timeout': 1, 'socket_connect_timeout': 1}"),
    ], run.stderr


def test_development_needs_nothing_but_debug() -> None:
    run = manage("shell", "--no-imports", "--command", TELL, DEBUG="true")

    assert run.stdout.strip().split("|") == [
        *("False", "False", "False", "None", "0"),
        *("StaticFilesStorage", "sqlite3", "0", "False", "LocMemCache", "console"),
        *("ConsoleSms", "['127.0.0.1', 'localhost']", "None"),
    ], run.stderr


def test_without_debug_a_secret_key_has_to_be_given() -> None:
    run = manage("check")

    assert run.returncode != 0
    assert "SECRET_KEY" in run.stderr


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("DEBUG", "true", "daraja.E012"),
        pytest.param("SECRET_KEY", "django-insecure-only-for-development", "daraja.E016", marks=pytest.mark.slow),
    ],
)
def test_a_web_server_refuses_to_start_with_development_settings_and_real_money(
    name: str, value: str, error: str
) -> None:
    run = manage("shell", "--no-imports", "--command", "import shop.wsgi", **live_settings() | {name: value})

    assert (run.returncode, error in run.stderr) == (1, True)


def test_the_library_and_the_shop_write_one_log() -> None:
    files = [logging.getLogger(name).handlers for name in ("daraja", "payments", "django.request")]

    assert files[0] == files[1] == files[2] != []


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_new_database_is_for_its_owner_only_and_one_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite3"
    for mode in (0o600, 0o640):
        run = manage("migrate", "--verbosity=0", **live_settings() | {"DATABASE_URL": f"sqlite:///{file}"})
        assert run.returncode == 0, run.stderr
        assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("shop.sqlite3*")} == {file.name: mode}
        file.chmod(0o640)
