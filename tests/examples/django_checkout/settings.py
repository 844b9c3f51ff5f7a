"""The shop's own settings, as its tests need them."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests")

from shop.settings import *  # noqa: F403 - what stands above has to be there first; a project's settings are all of them

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one would only make tests slow
