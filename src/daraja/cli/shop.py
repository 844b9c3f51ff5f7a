"""The store of a command, and the shop's own checkout."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import attrs
import click

from daraja.checkout import Checkout
from daraja.cli.settings import Settings, with_settings
from daraja.errors import DarajaError
from daraja.lifecycle.ports import RecordStore
from daraja.payouts import Payouts
from daraja.receipts import Receipts

if TYPE_CHECKING:
    from daraja.stores import PaymentStore

T = TypeVar("T")
Face: TypeAlias = Checkout | Payouts | Receipts
Kind: TypeAlias = Literal["payments", "payouts", "receipts"]

KINDS: Final[Sequence[Kind]] = ("payments", "payouts", "receipts")
FACES: Final[Mapping[Kind, type[Face]]] = {"payments": Checkout, "payouts": Payouts, "receipts": Receipts}

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

    def store(self, kind: Kind = "payments") -> RecordStore[Any]:  # Any: records of that kind
        """Return the store of the payments, the payouts or the receipts.

        Raises:
            click.UsageError: If none is named, or it cannot be opened.
        """
        path, url = self._named()
        if path is None:
            return _sql_store(kind, url)
        face = _load(path)
        if isinstance(face, FACES[kind]):
            return face.store
        if _is_sql(face.store):
            return _sql_store(kind, face.store)
        if _is_djangos(face.store):
            return _django_store(kind)
        raise click.UsageError(f"The store of {path} has no {kind}. Name their store with --store.")

    def face(self, kind: Kind) -> Face | None:
        """Return the shop's own checkout or payouts; None if only a store is named, or it is of another kind."""
        path, _ = self._named()
        face = None if path is None else _load(path)
        return face if isinstance(face, FACES[kind]) else None

    def to_reconcile(self, *, fulfils: bool) -> Face:
        """Return the object that looks after open records.

        Args:
            fulfils: Whether what is paid has to be fulfilled, so that the shop's own checkout is needed.

        Raises:
            click.UsageError: If none is named, or it would not fulfil.
        """
        path, url = self._named()
        if path is not None:
            return _load(path)
        if fulfils:
            raise self.would_not_fulfil()
        return Checkout(self.settings.client(), cast("PaymentStore", _sql_store("payments", url)))

    @staticmethod
    def would_not_fulfil() -> click.UsageError:
        """Return the error for a command that would leave orders unfulfilled."""
        return click.UsageError(_FULFILMENT)

    @property
    def is_named(self) -> bool:
        """Whether an option or a variable names the store."""
        environ = self.settings.environ
        return bool(self.url or self.path or environ.get(_CHECKOUT) or environ.get(_STORE))

    @property
    def kinds(self) -> Sequence[Kind]:
        """The kinds whose stores can be opened, which are all of one database, or that of the shop's own objects."""
        path, _ = self._named()
        face = None if path is None else _load(path)
        if face is None or _is_sql(face.store) or _is_djangos(face.store):
            return KINDS
        return [kind for kind in KINDS if isinstance(face, FACES[kind])]

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
        return parts.password is not None or not {"password", "sslpassword"}.isdisjoint(parse_qs(parts.query))
    except ValueError:
        return False  # the store refuses it


def _is_sql(store: object) -> bool:
    return type(store).__module__.startswith("daraja.stores.sql.")  # an import would need SQLAlchemy


def _is_djangos(store: object) -> bool:
    return type(store).__module__.startswith("daraja.django.")  # as above, of Django


def _django_store(kind: Kind) -> RecordStore[Any]:  # Any: as above
    """Open a store of the Django project that is set up here."""
    from daraja.django.receipt_store import DjangoReceiptStore  # noqa: PLC0415 - of the extra `django`
    from daraja.django.store import DjangoPayoutStore, DjangoStore  # noqa: PLC0415 - as above

    made: RecordStore[Any] = {"payments": DjangoStore, "payouts": DjangoPayoutStore, "receipts": DjangoReceiptStore}[
        kind
    ]()
    return made


def _sql_store(kind: Kind, source: object) -> RecordStore[Any]:  # Any: as above
    """Open a store by its address, or by a store of another kind in the same database."""
    address = source.partition("?")[0] if isinstance(source, str) else ""
    file = address.removeprefix(_SQLITE) if address.startswith(_SQLITE) else ""
    if file and not Path(file).exists():
        raise click.UsageError(f"There is no file {file}. A store is made by the shop that takes the payments.")
    try:
        from daraja.stores.sql import SqlPayoutStore, SqlReceiptStore, SqlStore  # noqa: PLC0415 - of the extra `sql`

        place: Any = source  # what an `SqlStore` takes
        made: RecordStore[Any] = {"payments": SqlStore, "payouts": SqlPayoutStore, "receipts": SqlReceiptStore}[kind](
            place
        )
    except ImportError as error:  # of SQLAlchemy, or of the database's driver
        raise click.UsageError(str(error)) from None
    _close_at_the_end(made)
    return made


def _close_at_the_end(store: Any) -> None:  # noqa: ANN401 - a store of any kind
    """Close the connections of a store in SQL when the command ends."""
    if _is_sql(store):
        click.get_current_context().find_root().call_on_close(store.close)


def _load(path: str) -> Face:
    module, _, name = path.partition(":")
    sys.path.insert(0, str(Path.cwd()))  # as `python -m` does, and the script does not
    try:
        if os.environ.get("DJANGO_SETTINGS_MODULE"):
            import_module("django").setup()
        found = getattr(import_module(module), name)
        if callable(found):
            found = found()  # a function that makes it
    except DarajaError:
        raise
    except Exception as error:  # noqa: BLE001 - the shop's own code may raise anything
        raise click.UsageError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from None
    if not isinstance(found, Checkout | Payouts | Receipts):
        what = "name a daraja.Checkout, Payouts or Receipts, or a function that makes one"
        raise click.UsageError(f"{path} is {type(found).__name__}; {what}.")
    _close_at_the_end(found.store)
    return found
