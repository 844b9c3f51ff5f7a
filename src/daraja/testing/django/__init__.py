"""The kit for Django: a project's own checkout talks to a local Daraja, at a clock that a test moves."""

from daraja.testing.django.case import DarajaTestCase, callback_url

__all__ = ["DarajaTestCase", "callback_url"]
