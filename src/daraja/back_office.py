"""Answers what flows ask of the store and the shop; everything else goes to the world outside."""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from daraja.http.flow import Effect
from daraja.payments.effects import (
    Due,
    Find,
    Insert,
    Load,
    NeedAttention,
    NewKey,
    Notify,
    PaymentEffect,
    Processed,
    Progress,
    Purge,
    Record,
    Swap,
    Tell,
    Unprocessed,
)
from daraja.payments.hooks import refuse_awaitable
from daraja.payments.model import Payment
from daraja.payments.records import Report
from daraja.runtime import Answers
from daraja.stores.base import PaymentStore

__all__ = ["BackOffice"]

_log: Final = logging.getLogger("daraja")


def _nobody(_: object) -> None:
    """Hear nothing."""


def _new_key() -> str:
    return secrets.token_hex(16)


@attrs.frozen(kw_only=True)
class BackOffice:
    """Everything that a flow of a checkout can ask for.

    Args:
        world: Answers everything else: the network, the time, the tokens.
        store: Where payments are kept.
        on_success: Told of each payment that was paid.
        progress: Told how far a run has come.
        new_key: Draws the key of a new payment.
    """

    world: Answers
    store: PaymentStore
    on_success: Callable[[Payment], object] = _nobody
    progress: Callable[[Report], object] = _nobody
    new_key: Callable[[], str] = _new_key

    def answer(self, effect: Effect[Any], /) -> object:  # noqa: C901, PLR0911, PLR0912 - one for each effect; Any: see `perform`
        """Do what *effect* asks for."""
        if not isinstance(effect, PaymentEffect):
            return self.world.answer(effect)
        store = self.store
        match effect:
            case NewKey():
                return self.new_key()
            case Insert(payment):
                return self._ask(store.insert, payment)
            case Load(key):
                return self._ask(store.load, key)
            case Find(checkout_request_id):
                return self._ask(store.find, checkout_request_id)
            case Swap(old, new, entry):
                return self._ask(store.swap, old, new, entry)
            case Due(now, limit, account):
                return self._ask(store.due, now, limit, account)
            case NeedAttention(limit, account):
                return self._ask(store.need_attention, limit, account)
            case Record(callback):
                return self._ask(store.record, callback)
            case Unprocessed(limit, account, after):
                return self._ask(store.unprocessed, limit, account, after)
            case Processed(callback_id, note):
                return self._ask(store.processed, callback_id, note)
            case Purge(before, limit, account):
                return self._ask(store.purge, before, limit, account)
            case Notify(payment):
                return self._tell(self.on_success, payment)
            case Progress(report):
                return self._tell(self.progress, report)
            case Tell(event, facts, grave):
                _write_log(event, facts, grave=grave)
                return None
            case _:
                message = f"this back office cannot answer {type(effect).__name__}"
                raise TypeError(message)

    def _ask(self, question: Callable[..., object], *about: object) -> object:
        """Put a question to the store, which may take its time."""
        return question(*about)

    def _tell(self, listener: Callable[[Any], object], news: object) -> object:  # Any: each hears what is meant for it
        """Have a function of the shop's hear something."""
        refuse_awaitable(listener(news))
        return None


def _write_log(event: str, facts: Mapping[str, object], *, grave: bool) -> None:
    level = logging.WARNING if grave else logging.INFO
    if _log.isEnabledFor(level):
        _log.log(level, "%s %s", event, " ".join(f"{name}={value}" for name, value in facts.items()))
