"""These tests have settings of their own, in pytest.ini, and so a run of their own."""

import pytest
from django.conf import settings

if not settings.configured:
    message = "the Django shop's tests run by themselves: pytest examples/django_checkout"
    raise pytest.UsageError(message)
