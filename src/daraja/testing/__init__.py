"""Help for tests of shops and of this library; ``daraja.testing.mount`` needs the extra ``testing``."""

from importlib import import_module
from typing import TYPE_CHECKING

from daraja.testing.clock import ManualClock

if TYPE_CHECKING:
    from daraja.testing.store_contract import FulfilmentContract as FulfilmentContract
    from daraja.testing.store_contract import StoreContract as StoreContract

__all__ = ["FulfilmentContract", "ManualClock", "StoreContract"]


if not TYPE_CHECKING:  # pragma: no branch - a type checker that saw this would believe in any name

    def __getattr__(name: str) -> object:
        # The contracts need pytest, and not everybody who wants a clock has it.
        if name in {"FulfilmentContract", "StoreContract"}:
            return getattr(import_module("daraja.testing.store_contract"), name)
        message = f"module 'daraja.testing' has no attribute {name!r}"
        raise AttributeError(message)
