"""The shop's own settings with changes for its tests."""

import os

os.environ.setdefault("DEBUG", "true")  # plain static files and plain http; pytest-django turns the rest of it off
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("LOG_FILE", os.devnull)

from shop.settings import *  # noqa: F403 - what stands above has to be there first; a project's settings are all of them

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one would only make tests slow
WHITENOISE_AUTOREFRESH = True  # otherwise it needs a folder that only production has
REST_FRAMEWORK = {"TEST_REQUEST_DEFAULT_FORMAT": "json"}
