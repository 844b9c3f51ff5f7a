"""The app: it makes the one checkout, the one ``Payouts`` and the one ``Receipts`` of a process."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.core.cache import caches
from django.core.signals import setting_changed
from django.utils.connection import ConnectionProxy

from daraja import Caps, Checkout, Config, Daraja, Payout, Payouts, Receipts
from daraja.django.conf import hook, option, variables
from daraja.ledger import Ledger
from daraja.lifecycle.record import Account
from daraja.system.machine import Clock
from daraja.tokens import CacheTokens

if TYPE_CHECKING:
    from daraja.django.receipt_store import DjangoReceiptStore
    from daraja.django.store import DjangoStore

_LOWEST = Caps(per_payout=1, per_day=1, per_recipient_day=1)

_MADE = ("config", "checkout", "payouts", "receipts")
"""The parts that are made once, and again after a change of the settings."""


class DarajaConfig(AppConfig):
    """M-Pesa payments, payouts and receipts."""

    name = "daraja.django"
    label = "daraja"
    verbose_name = "M-Pesa"
    default_auto_field = "django.db.models.BigAutoField"

    _in_test: tuple[Config, Clock | None] | None = None

    def ready(self) -> None:
        """Register the checks, and follow settings that a test changes."""
        from daraja.django import checks  # noqa: F401, PLC0415 - they register themselves, and need the models

        setting_changed.connect(self._follow, dispatch_uid="daraja.django")

    @cached_property
    def config(self) -> Config:
        """The settings, which are the ``MPESA_*`` variables or those of a test."""
        return Config.from_env(variables()) if self._in_test is None else self._in_test[0]

    @property
    def account(self) -> Account:
        """The account whose payments this process looks after."""
        return Account.of(self.config)

    @cached_property
    def checkout(self) -> Checkout:
        """The checkout of this process."""
        return self.make_checkout(self.config, self._clock)

    @cached_property
    def payouts(self) -> Payouts:
        """The payouts of this process."""
        return self.make_payouts(self.config, self._clock)

    @property
    def result_receiver(self) -> Payouts:
        """The payouts that take results. They need no cap, since no result may be lost after a setting was removed."""
        if None not in _caps(self.config):
            return self.payouts
        return self.make_payouts(self.config, self._clock, caps=_LOWEST)

    @property
    def payout_ledger(self) -> Ledger[Payout]:
        """The ledger of payouts, also for a project that pays out no more."""
        from daraja.django.store import DjangoPayoutStore  # noqa: PLC0415 - the models are there only now

        return Ledger(DjangoPayoutStore(on_paid=hook("ON_PAID")), clock=self._clock)

    @property
    def pays_out(self) -> bool:
        """Whether this project has caps for payouts, or payouts that somebody has to look after."""
        from daraja.django.store import PAYOUTS  # noqa: PLC0415 - the models are there only now

        return has_caps(self.config) or PAYOUTS.records._default_manager.exists()

    @cached_property
    def receipts(self) -> Receipts:
        """The receipts, which book payments by hand in this process."""
        return self.make_receipts(self.config, self._clock, checkout=self.checkout)

    @property
    def books_receipts(self) -> bool:
        """Whether this project hears of payments by hand, or has some that somebody has to look after."""
        from daraja.django.receipt_store import RECEIPTS  # noqa: PLC0415 - the models are there only now

        hears = self.config.registered_secret is not None or option("PULL")
        return hears or RECEIPTS.callbacks._default_manager.exists()

    def make_checkout(self, config: Config, clock: Clock | None = None) -> Checkout:
        """Make a checkout over the models of this project.

        Args:
            config: The settings, for example those of another pay bill.
            clock: Where the time comes from, if not from the machine.

        Raises:
            ConfigurationError: If an entry of ``DARAJA`` is wrong.
        """
        return Checkout(
            _client(config, clock),
            _payments(),
            receipts=_receipts(),
            confirm=option("CONFIRM"),
            on_success=hook("AFTER_SUCCESS"),
            on_refund_due=hook("AFTER_REFUND_DUE"),
            senders=option("SENDERS"),
        )

    def make_payouts(self, config: Config, clock: Clock | None = None, *, caps: Caps | None = None) -> Payouts:
        """Make the payouts over the models of this app.

        Args:
            config: The settings, for example those of another shortcode.
            clock: Where the time comes from, if not from the machine.
            caps: The caps; by default those of the settings.

        Raises:
            ConfigurationError: If an entry of ``DARAJA`` is wrong, or a cap is missing.
        """
        from daraja.django.store import DjangoPayoutStore  # noqa: PLC0415 - the models are there only now

        return Payouts(
            _client(config, clock),
            DjangoPayoutStore(on_paid=hook("ON_PAID")),
            caps=Caps.of(config) if caps is None else caps,
            approvals=option("APPROVAL_FROM"),
            probe=option("PROBE"),
            on_paid=hook("AFTER_PAID"),
            on_failed=hook("AFTER_PAYOUT_FAILED"),
            on_attention=hook("AFTER_PAYOUT_ATTENTION"),
            on_low_float=hook("AFTER_LOW_FLOAT"),
            low_float=option("LOW_FLOAT"),
            payments=_payments(),
            receipts=_receipts(),
            senders=option("SENDERS"),
        )

    def make_receipts(self, config: Config, clock: Clock | None = None, *, checkout: Checkout) -> Receipts:
        """Make the receipts, which book payments by hand, over the models of this app.

        Args:
            config: The settings.
            clock: Where the time comes from, if not from the machine.
            checkout: The checkout of the same shortcode.

        Raises:
            ConfigurationError: If an entry of ``DARAJA`` is wrong.
        """
        return Receipts(
            _client(config, clock),
            _receipts(),
            checkout=checkout,
            accept=hook("ACCEPT"),
            match=hook("MATCH"),
            on_received=hook("AFTER_RECEIVED"),
            on_refund_due=hook("AFTER_RECEIPT_REFUND_DUE"),
            on_low_float=hook("AFTER_LOW_FLOAT"),
            low_float=option("LOW_FLOAT") or 0,
            pull=option("PULL"),
            senders=option("SENDERS"),
        )

    @contextmanager
    def replaced(self, config: Config, clock: Clock | None = None) -> Generator[Checkout]:
        """Use other settings and another clock until the block ends, for tests."""
        kept, self._in_test = self._in_test, (config, clock)
        self._forget()
        try:
            yield self.checkout
        finally:
            self._in_test = kept
            self._forget()

    @property
    def _clock(self) -> Clock | None:
        return None if self._in_test is None else self._in_test[1]

    def _follow(self, *, setting: str, **_: Any) -> None:  # Any: what Django hands to every receiver
        if setting in {"DARAJA", "CACHES", "DATABASES"} or setting.startswith(("MPESA_", "DARAJA_")):
            self._forget()

    def _forget(self) -> None:
        for name in _MADE:
            self.__dict__.pop(name, None)


def has_caps(config: Config, /) -> bool:
    """Tell whether the settings have any cap on payouts, as those of a shop have that wants to pay out."""
    return any(_caps(config))


def _caps(config: Config) -> tuple[int | None, ...]:
    return config.payout_max, config.payout_daily_max, config.payout_recipient_daily_max


def _client(config: Config, clock: Clock | None) -> Daraja:
    # Not caches[...] itself: Django gives each thread a cache of its own, as some cannot be shared.
    cache: Any = ConnectionProxy(caches, option("CACHE"))  # Any: it has the methods of the cache
    return Daraja(config, tokens=CacheTokens(cache, clock=clock), clock=clock)


def _payments() -> "DjangoStore":
    from daraja.django.store import DjangoStore  # noqa: PLC0415 - the models are there only now

    return DjangoStore(on_success=hook("ON_SUCCESS"), on_refund_due=hook("ON_REFUND_DUE"))


def _receipts() -> "DjangoReceiptStore":
    from daraja.django.receipt_store import DjangoReceiptStore  # noqa: PLC0415 - as above

    return DjangoReceiptStore(on_received=hook("ON_RECEIVED"))


def this_app() -> DarajaConfig:
    """Return this app, as Django has it in its registry."""
    app = apps.get_app_config("daraja")
    assert isinstance(app, DarajaConfig)  # noqa: S101 - another app with this label would be a fault of the project
    return app
