"""The base of all products in the simulator, and the parts that they share."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Final, Protocol

import attrs

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import CallbackQueue
from daraja.simulator.clock import Schedule
from daraja.simulator.errors import Json
from daraja.simulator.event_log import EventLog
from daraja.simulator.gateway import RateLimiter, Subscribers
from daraja.simulator.ids import Ids
from daraja.simulator.ledger import Ledger
from daraja.simulator.operators import Operators
from daraja.simulator.phones import Answer, Phones

SANDBOX_SHORTCODE: Final = "174379"
SANDBOX_PASSKEY: Final = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
"""Safaricom publishes this pair for its sandbox: it is no secret."""

_SANDBOX_ORGANISATION: Final = re.compile(r"600[0-9]{3}|990[0-9]{4}")
"""Shortcodes of the sandbox that pay out, and those that stand for a result."""


NO_VIEWS: Final[Mapping[str, Callable[[], Json]]] = MappingProxyType({})
"""The views of a product without state of its own."""


@attrs.frozen
class Route:
    """One address of a product; every one of them is asked with POST and an access token.

    Args:
        handle: Answers a request at a time. It may raise ``HttpError``, and ``AnswerLost`` for an answer that is lost.
        limiter: How many requests the gateway lets through; None for any number.
    """

    handle: Callable[[HttpRequest, datetime], HttpResponse]
    limiter: RateLimiter | None = None


@attrs.frozen
class MagicNumber:
    """A number that stands for a scenario of its own.

    Args:
        number: The number, as Daraja writes it.
        name: The name of the scenario.
        about: What happens, in one sentence.
    """

    number: str
    name: str
    about: str


class Product(Protocol):
    """A product of Daraja: its requests, checked as Daraja checks them, and their results.

    A product keeps its own state. It has no thread and reads no clock: every call has the time as a parameter, and what
    happens later is scheduled with the ``Services``.
    """

    name: ClassVar[str]
    """Its name in ``daraja.result_codes``, such as ``stk``."""

    title: ClassVar[str]
    """The headline of its magic numbers in the lists of them."""

    magic_numbers: ClassVar[Sequence[MagicNumber]]
    """The numbers that stand for a scenario of this product."""

    @property
    def routes(self) -> Mapping[str, Route]:
        """Its routes by their paths."""
        ...

    @property
    def views(self) -> Mapping[str, Callable[[], Json]]:
        """Its state for the control API; each view is served as ``GET /simulator/<name>``."""
        ...


@attrs.frozen
class Merchants:
    """The shops that the local Daraja knows.

    Args:
        passkeys: The passkey of every shortcode.
        tills: The till number of every store number that has one.

    Raises:
        ValueError: If a store number of a till has no passkey.
    """

    passkeys: Mapping[str, str] = attrs.field(repr=False)
    tills: Mapping[str, str]

    def knows(self, shortcode: str) -> bool:
        """Tell whether an organisation has this shortcode or till number: a shop, or one of the sandbox's 600NNN."""
        known = shortcode in self.passkeys or shortcode in self.tills.values()
        return known or _SANDBOX_ORGANISATION.fullmatch(shortcode) is not None

    def store_of(self, number: str) -> str:
        """Return the store number of a till, whose accounts are the store's; any other number as it is."""
        return next((store for store, till in self.tills.items() if till == number), number)

    def __attrs_post_init__(self) -> None:
        if unknown := [store for store in self.tills if store not in self.passkeys]:
            raise ValueError(f"tills: the store number {unknown[0]} has no passkey; add it to shortcodes")


def _callback_queue(services: "Services") -> CallbackQueue:
    return CallbackQueue(services.schedule, services.log)


def _phones(services: "Services") -> Phones:
    return Phones(services.schedule, services.log)


@attrs.frozen(kw_only=True)
class Services:
    """The parts that all products of one local Daraja share.

    Args:
        log: Where a product notes what happens.
        merchants: The shops, with their shortcodes and tills.
        ledger: The accounts and transactions.
        operators: The API operators with their passwords.
        delay: Seconds from a request to its result, where its scenario names no time.
        prompt_life: How long a prompt waits for a person, in seconds.
        answer: How an ordinary number answers by itself; ``IGNORE`` leaves it to a person.
        ids: Makes ids and receipts.
        schedule: Calls a product at a later time.
        subscribers: Decides for each receiver whether a scenario refuses a request.
        callbacks: Where a product puts its callbacks, each with the time when it is due.
        phones: Where a product shows a prompt; it calls the product with a person's answer.
    """

    log: EventLog
    merchants: Merchants
    delay: float
    prompt_life: float = 27.0
    answer: Answer = Answer.IGNORE
    ledger: Ledger
    operators: Operators
    ids: Ids = attrs.field(factory=Ids)
    schedule: Schedule = attrs.field(factory=Schedule)
    subscribers: Subscribers = attrs.field(factory=Subscribers)
    callbacks: CallbackQueue = attrs.field(default=attrs.Factory(_callback_queue, takes_self=True))
    phones: Phones = attrs.field(default=attrs.Factory(_phones, takes_self=True))
