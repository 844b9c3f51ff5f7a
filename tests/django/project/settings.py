"""What ``startproject`` writes, but for the database, which the run chooses, and the lines of daraja at the end."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

DEBUG = True
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS: list[str] = []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tests.django.project.shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tests.django.project.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ENGINES = {"postgresql": "postgresql", "mysql": "mysql"}
url = urlsplit(os.environ.get("TEST_DATABASE_URL", ""))
if url.scheme:
    query = dict(parse_qsl(url.query))
    DATABASES = {
        "default": {
            "ENGINE": f"django.db.backends.{ENGINES[url.scheme.partition('+')[0]]}",
            "NAME": url.path.lstrip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or query.get("host", ""),
            "PORT": url.port or query.get("port", ""),
            "OPTIONS": {"unix_socket": query["unix_socket"]} if "unix_socket" in query else {},
        }
    }
else:
    hasty = {"init_command": "PRAGMA synchronous=OFF"}  # no test cuts the power
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "OPTIONS": hasty},
        "payments": {"ENGINE": "django.db.backends.sqlite3", "NAME": "payments.sqlite3"},  # for one test
    }

if url.scheme.startswith("mysql"):
    import pymysql  # Django knows mysqlclient; this one needs no compiler, and calls itself by that name

    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = os.environ.get("TEST_USE_TZ", "1") == "1"
STATIC_URL = "static/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one would only make tests slow

# -------------------------------------------------------------------------------------------------------------- daraja

INSTALLED_APPS += ["daraja.django"]
DARAJA = {"ON_SUCCESS": "tests.django.project.shop.orders.fulfil"}
