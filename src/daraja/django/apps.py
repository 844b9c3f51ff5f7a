"""The app: it makes the one checkout of a process."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.apps import AppConfig, apps
from django.core.cache import caches
from django.core.signals import setting_changed

from daraja import Checkout, Config, Daraja
from daraja.django.conf import hook, option, variables
from daraja.lifecycle.record import Account
from daraja.system.machine import Clock
from daraja.tokens import CacheTokens

__all__ = ["DarajaConfig", "this_app"]


class DarajaConfig(AppConfig):
    """M-Pesa payments."""

    name = "daraja.django"
    label = "daraja"
    verbose_name = "M-Pesa"
    default_auto_field = "django.db.models.BigAutoField"

    _in_test: tuple[Config, Clock | None] | None = None

    def ready(self) -> None:
        """Register the checks, and follow settings that a test changes."""
        from daraja.django import checks  # noqa: F401, PLC0415 - they register themselves, and need the models

        setting_changed.connect(self._follow, dispatch_uid="daraja.django")

    @property
    def config(self) -> Config:
        """The settings, which are the ``MPESA_*`` variables or those of a test."""
        return Config.from_env(variables()) if self._in_test is None else self._in_test[0]

    @property
    def account(self) -> Account:
        """Whose payments this process looks after."""
        return Account.of(self.config)

    @cached_property
    def checkout(self) -> Checkout:
        """The checkout of this process."""
        return self.make_checkout(self.config, None if self._in_test is None else self._in_test[1])

    def make_checkout(self, config: Config, clock: Clock | None = None) -> Checkout:
        """Make a checkout over the models of this project.

        Args:
            config: The settings, for example those of another pay bill.
            clock: Where the time comes from, if not from the machine.

        Raises:
            ConfigurationError: If an entry of ``DARAJA`` is wrong.
        """
        from daraja.django.store import DjangoStore  # noqa: PLC0415 - the models are there only now

        tokens = CacheTokens(caches[option("CACHE")], clock=clock)
        return Checkout(
            Daraja(config, tokens=tokens, clock=clock),
            DjangoStore(on_success=hook("ON_SUCCESS"), on_refund_due=hook("ON_REFUND_DUE")),
            confirm=option("CONFIRM"),
            on_success=hook("AFTER_SUCCESS"),
            on_refund_due=hook("AFTER_REFUND_DUE"),
            senders=option("SENDERS"),
        )

    @contextmanager
    def replaced(self, config: Config, clock: Clock | None = None) -> Generator[Checkout]:
        """Use other settings and another clock until the block ends, for tests."""
        kept, self._in_test = self._in_test, (config, clock)
        self._forget_checkout()
        try:
            yield self.checkout
        finally:
            self._in_test = kept
            self._forget_checkout()

    def _follow(self, *, setting: str, **_: Any) -> None:  # Any: what Django hands to every receiver
        if setting in {"DARAJA", "CACHES", "DATABASES"} or setting.startswith(("MPESA_", "DARAJA_")):
            self._forget_checkout()

    def _forget_checkout(self) -> None:
        self.__dict__.pop("checkout", None)


def this_app() -> DarajaConfig:
    """Return this app, as Django has it in its registry."""
    app = apps.get_app_config("daraja")
    assert isinstance(app, DarajaConfig)  # noqa: S101 - another app with this label would be a fault of the project
    return app
