"""The settings of the shop. Values that differ between machines come from the environment; see ``.env.example``."""

from pathlib import Path

import environ
from django.urls import reverse_lazy

from shop.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
DEVELOPMENT_KEY = "only-for-development"
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY if DEBUG else environ.Env.NOTSET)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# ------------------------------------------------------------------------------------------------------------ the parts

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "accounts",
    "orders",
    "payments",
    "pages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pages.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# ----------------------------------------------------------------------------------------------------------- the places

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'shop.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A read that becomes a write fails at once, even with a long time-out, so every transaction begins as a write.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
    }
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
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "Africa/Nairobi"
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = "shop.formats"

# -------------------------------------------------------------------------------------------------------------- safety

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_PROXY_SSL_HEADER = tuple(env.list("SECURE_PROXY_SSL_HEADER", default=[])) or None
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not DEBUG)

# -------------------------------------------------------------------------------------------------------- who comes in

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = reverse_lazy("orders")
LOGOUT_REDIRECT_URL = reverse_lazy("login")

NUM_PROXIES = env.int("NUM_PROXIES", default=0)
"""The number of our own proxies in front of this program; each adds one address to ``X-Forwarded-For``."""

API_TOKEN_DAYS = env.int("API_TOKEN_DAYS", default=14)
"""How long a login through the API lasts."""

REST_FRAMEWORK = {
    # The first one decides the answer to a request without a login: with tokens it is 401, as front ends expect.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["payments.api.parsers.ShallowJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_RATES": {
        "login": env.str("THROTTLE_LOGIN", default="10/min"),
        "login_of_account": env.str("THROTTLE_LOGIN_OF_ACCOUNT", default="100/hour"),
        "login_of_address": env.str("THROTTLE_LOGIN_OF_ADDRESS", default="100/min"),
        "push": env.str("THROTTLE_PUSH", default="20/min"),
        "check": env.str("THROTTLE_CHECK", default="20/min"),
    },
    "DEFAULT_THROTTLE_CLASSES": [
        "payments.api.throttle.Throttle",
        "payments.api.throttle.ThrottleByName",
        "payments.api.throttle.ThrottleOfAccount",
    ],
    "EXCEPTION_HANDLER": "payments.api.errors.in_plain_words",
    "NUM_PROXIES": NUM_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = "^/api/"
CORS_EXPOSE_HEADERS = ["Retry-After"]

SHOP_CONTACT = env.str("SHOP_CONTACT", default="")
"""How customers reach the shop, as they read it: on every page, and in each message that asks them to."""

# ------------------------------------------------------------------------------------------------------------- payments

PAYMENTS_SENDERS_ONLY = env.bool("PAYMENTS_SENDERS_ONLY", default=False)
"""Whether callbacks are trusted only from the addresses that Safaricom publishes; for others, Daraja is queried."""

# ------------------------------------------------------------------------------------------------------------- receipts

# Safaricom waits for the answer to a callback while a receipt is sent, so a mail server has to answer soon.
vars().update(mail_settings(env.email("EMAIL_URL", default="consolemail://"), timeout=5))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")

AFRICAS_TALKING_USERNAME = env.str("AFRICAS_TALKING_USERNAME", default="sandbox")
AFRICAS_TALKING_API_KEY = env.str("AFRICAS_TALKING_API_KEY", default="")
AFRICAS_TALKING_SENDER = env.str("AFRICAS_TALKING_SENDER", default="")
SMS_BACKEND = env.str(
    "SMS_BACKEND",
    default="payments.receipts.africas_talking.AfricasTalking"
    if AFRICAS_TALKING_API_KEY
    else "payments.receipts.sms.ConsoleSms",
)

# ----------------------------------------------------------------------------------------------------------- background

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/1")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULE = {
    # A run that no worker takes within a minute is dropped, because the next one does the same.
    "reconcile payments": {
        "task": "payments.tasks.reconcile_payments",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "purge callbacks": {"task": "payments.tasks.purge_callbacks", "schedule": 24 * 60 * 60.0},
}

# ------------------------------------------------------------------------------------------------------------------ log

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "payments.logs.WithoutNumbers",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {
        "file": {
            "class": "payments.logs.PrivateFileHandler",
            "filename": env.str("LOG_FILE", default=str(BASE_DIR / "debug.log")),
            "delay": True,
            "formatter": "line",
        }
    },
    # The log of the library, of the shop, and of requests that ended in an error.
    "loggers": {
        name: {"handlers": ["file"], "level": env.str("LOG_LEVEL", default="INFO")}
        for name in ("daraja", "payments", "django.request")
    },
}
