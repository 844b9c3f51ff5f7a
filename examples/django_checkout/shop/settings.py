"""The settings of the shop. Values that differ between machines come from the environment; see ``.env.example``."""

from pathlib import Path

import django
import environ
from django.utils.translation import gettext_noop

from daraja.django.databases import SQLITE_OPTIONS
from daraja.django.logs import logging_to
from daraja.lifecycle.source_ip import SAFARICOM_ADDRESSES

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="django-insecure-only-for-development" if DEBUG else environ.Env.NOTSET)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "humanize", "messages", "sessions")),
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "daraja.django",
    "payments",
    "shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.pages.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"

PROCESSORS = ["django.template.context_processors.request", "shop.pages.about_the_shop"]
PROCESSORS += [f"django.contrib.{name}.context_processors.{name}" for name in ("auth", "messages")]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }
]

# Everything else of M-Pesa are the MPESA_* variables.
DARAJA_PAYMENT_MODEL = "payments.Payment"
DARAJA = {
    "ON_SUCCESS": "payments.hooks.fulfil",
    "AFTER_SUCCESS": "shop.receipts.send_receipts",
    "AFTER_REFUND_DUE": "shop.receipts.send_receipts",
    "ON_RECEIVED": "payments.hooks.fulfil",
    "AFTER_RECEIVED": "shop.receipts.send_receipts_by_hand",
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    # Whether callbacks are trusted only from the addresses that Safaricom publishes; for others, Daraja is queried.
    "SENDERS": SAFARICOM_ADDRESSES if env.bool("PAYMENTS_SENDERS_ONLY", default=False) else None,
}

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'shop.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if DATABASES["default"]["NAME"] != ":memory:":
        # It holds phone numbers, so a new file is for its owner only, and so are the logs beside it.
        Path(DATABASES["default"]["NAME"]).touch(mode=0o600)
    DATABASES["default"]["OPTIONS"] = dict(SQLITE_OPTIONS)
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    # A hanging Redis must not block customers.
    CACHES["default"].setdefault("OPTIONS", {}).update(socket_timeout=1, socket_connect_timeout=1)

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {"staticfiles": {"BACKEND": PLAIN if DEBUG else "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "Africa/Nairobi"
LANGUAGE_CODE = "en-gb"
NUMBER_GROUPING = 3  # Django knows no formats of Swahili
# A browser that asks for Swahili gets it. Nobody who speaks it has reviewed these texts yet.
LANGUAGES = [("en", gettext_noop("English")), ("sw", gettext_noop("Swahili"))]

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_PROXY_SSL_HEADER = tuple(env.list("SECURE_PROXY_SSL_HEADER", default=[])) or None
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not DEBUG)

AUTH_USER_MODEL = "shop.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = LOGOUT_REDIRECT_URL = "login"
LOGIN_REDIRECT_URL = "orders"

API_TOKEN_DAYS = env.int("API_TOKEN_DAYS", default=14)
"""How long a login through the API lasts."""

THROTTLES = {
    "login": env.str("THROTTLE_LOGIN", default="10/min"),
    "login_of_account": env.str("THROTTLE_LOGIN_OF_ACCOUNT", default="100/hour"),
    "login_of_address": env.str("THROTTLE_LOGIN_OF_ADDRESS", default="100/min"),
    "push": env.str("THROTTLE_PUSH", default="20/min"),
    "check": env.str("THROTTLE_CHECK", default="20/min"),
}

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=["http://localhost:3000"] if DEBUG else [])
CORS_URLS_REGEX = "^/api/"
CORS_EXPOSE_HEADERS = ["Retry-After"]

SHOP_NAME = env.str("SHOP_NAME", default="Duka")
"""The name on every page."""
MPESA_SHOWN_NAME = env.str("MPESA_SHOWN_NAME", default=SHOP_NAME)
"""The name that M-Pesa's prompt shows: that of the pay bill or till, which Safaricom has registered."""
SHOP_CONTACT = env.str("SHOP_CONTACT", default="")
"""How customers reach the shop, as they read it: on every page, and in each message that asks them to."""

# Safaricom waits for the answer to a callback while a receipt is sent, so a mail server has to answer soon.
mail = {**env.email("EMAIL_URL", default="consolemail://"), "EMAIL_TIMEOUT": 5}
if django.VERSION < (6, 1):
    vars().update(mail)
else:
    names = {"HOST_USER": "username", "HOST_PASSWORD": "password"}
    names |= {name: name.lower() for name in ("HOST", "PORT", "USE_TLS", "USE_SSL", "TIMEOUT")}
    smtp = {option: mail[f"EMAIL_{name}"] for name, option in names.items() if mail.get(f"EMAIL_{name}")}
    is_smtp = mail["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    MAILERS = {"default": {"BACKEND": mail["EMAIL_BACKEND"], "OPTIONS": smtp if is_smtp else {}}}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")

SMS_BACKEND = env.str("SMS_BACKEND", default="shop.receipts.ConsoleSms")

LOG_FILE = env.str("LOG_FILE", default=str(BASE_DIR / "debug.log"))
LOGGING = logging_to(LOG_FILE, "payments", level=env.str("LOG_LEVEL", default="INFO"))
