"""The store of a command, and the shop's own checkout."""

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

import attrs
import click

import daraja
from daraja.checkout import Checkout
from daraja.cli.settings import Settings, with_settings
from daraja.stores import PaymentStore

__all__ = ["Shop", "with_shop"]

T = TypeVar("T")

_STORE: Final = "MPESA_STORE"
_CHECKOUT: Final = "MPESA_CHECKOUT"
_SQLITE: Final = "sqlite:///"
_NEITHER: Final = (
    f"Name the store: --store sqlite:///payments.db, or {_STORE} in the environment; "
    f"or the shop's own checkout: --checkout shop.payments:checkout, or {_CHECKOUT}."
)
_FULFILMENT: Final = (
    "What is paid would not be fulfilled. Name the shop's own checkout (--checkout shop.payments:checkout), which has "
    "its functions; or say --no-fulfilment if no on_success of a store fulfils orders."
)


@attrs.frozen
class Shop:
    """Where the payments of a command are stored.

    Args:
        settings: The variables.
        url: The address of a store, from an option.
        path: The module and name of a checkout, from an option.
    """

    settings: Settings
    url: str | None = None
    path: str | None = None

    def store(self) -> PaymentStore:
        """Return the store, to read from it.

        Raises:
            click.UsageError: If none is named, or it cannot be opened.
        """
        path, url = self._named()
        return _sql_store(url) if path is None else _load(path).store

    def checkout(self, *, fulfils: bool = True) -> Checkout:
        """Return the checkout, to change payments.

        Args:
            fulfils: Whether what is paid has to be fulfilled, so that the shop's own checkout is needed.

        Raises:
            click.UsageError: As above, or if it would not fulfil.
        """
        path, url = self._named()
        if path is not None:
            return _load(path)
        if fulfils:
            raise click.UsageError(_FULFILMENT)
        return daraja.Checkout(self.settings.client(), _sql_store(url))

    @property
    def is_named(self) -> bool:
        """Whether an option or a variable names the store."""
        environ = self.settings.environ
        return bool(self.url or self.path or environ.get(_CHECKOUT) or environ.get(_STORE))

    def _named(self) -> tuple[str | None, str]:
        if not self.is_named:
            raise click.UsageError(_NEITHER)
        environ = self.settings.environ
        path = self.path or (None if self.url else environ.get(_CHECKOUT) or None)
        return path, self.url or environ.get(_STORE) or ""


def with_shop(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options ``--store`` and ``--checkout``, and the argument ``shop``."""

    @click.option("--store", metavar="URL", help=f"The store, such as sqlite:///payments.db ({_STORE}).")
    @click.option("--checkout", metavar="MODULE:NAME", help=f"The shop's own checkout ({_CHECKOUT}).")
    @with_settings
    @wraps(command)
    def with_payments(*, settings: Settings, store: str | None, checkout: str | None, **others: Any) -> T:  # noqa: ANN401 - the command's own options
        if store is not None and _has_password(store):
            raise click.UsageError(f"Everybody on this machine sees a password in an argument. Set {_STORE} instead.")
        return command(shop=Shop(settings, store, checkout), **others)

    return with_payments


def _has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        return False  # the store refuses it


def _sql_store(url: str) -> PaymentStore:
    file = url.partition("?")[0].removeprefix(_SQLITE)
    if url.startswith(_SQLITE) and not Path(file).exists():
        raise click.UsageError(f"There is no file {file}. A store is made by the shop that takes the payments.")
    try:
        from daraja.stores.sql import SqlStore  # noqa: PLC0415 - it needs the extra `sql`

        return SqlStore(url)
    except ImportError as error:
        missing = str(error)
    raise click.UsageError(missing)


def _load(path: str) -> Checkout:
    module, _, name = path.partition(":")
    sys.path.insert(0, str(Path.cwd()))  # as `python -m` does, and the script does not
    try:
        found = getattr(import_module(module), name)
    except (AttributeError, ImportError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be loaded: {error}") from None
    if callable(found):
        found = found()  # a function that makes it
    if not isinstance(found, Checkout):
        raise click.UsageError(
            f"{path} is {type(found).__name__}; name a daraja.Checkout, or a function that makes one."
        )
    return found
