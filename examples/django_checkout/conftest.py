"""These tests have their own settings in pytest.ini, so they need their own run."""

import pytest
from django.conf import settings

if not settings.configured:
    message = "the Django shop's tests run by themselves: pytest examples/django_checkout"
    raise pytest.UsageError(message)
