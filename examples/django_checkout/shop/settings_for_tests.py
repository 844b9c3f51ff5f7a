"""The shop's own settings, as its tests need them."""

import os

os.environ.setdefault("DEBUG", "true")  # plain static files and plain http; pytest-django turns the rest of it off
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("LOG_FILE", os.devnull)

from shop.settings import *  # noqa: F403 - what stands above has to be there first; a project's settings are all of them

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one would only make tests slow
WHITENOISE_AUTOREFRESH = True  # or it asks for a folder that only a server in production has
