"""The client: one object per set of settings, one short method per operation. Most of them are in ``methods/``."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Self, TypeVar

from daraja.api.stk.push import StkPush, StkPushResponse
from daraja.api.stk.query import StkQuery, StkQueryResponse
from daraja.config import Config
from daraja.errors import ConfigurationError
from daraja.events import Event
from daraja.fields import raise_faults, value_or_fault
from daraja.http.flow import Operation
from daraja.methods.bills import BillMethods
from daraja.methods.collect import CollectMethods
from daraja.methods.follow_up import FollowUpMethods
from daraja.methods.incoming import IncomingMethods
from daraja.methods.look_up import LookUpMethods
from daraja.methods.pay_business import PayBusinessMethods
from daraja.methods.pay_phone import PayPhoneMethods
from daraja.runtime.base import ThreadRuntime, run
from daraja.system.machine import Clock, SystemClock, check_on_event
from daraja.tokens import MemoryTokens, TokenCache
from daraja.transports.base import Transport
from daraja.values.secret import Secret, hide_locals

if TYPE_CHECKING:
    from daraja.transports.requests import RequestsTransport

T = TypeVar("T")

_CLOCK: Final = "now", "monotonic", "sleep"
_TOKENS: Final = "get", "put"
_HTTP_LIBRARIES: Final = {"aiohttp", "httpx", "httpx2", "requests"}


class Daraja(
    CollectMethods,
    IncomingMethods,
    PayPhoneMethods,
    PayBusinessMethods,
    FollowUpMethods,
    LookUpMethods,
    BillMethods,
):
    """A client for Safaricom's Daraja API. Make one per process and share it between threads.

    >>> from daraja import Config, Daraja
    >>> daraja = Daraja(Config.from_env())  # doctest: +SKIP
    >>> push = daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-2025-001")  # doctest: +SKIP

    Use it in a ``with`` block or without. ``close`` only closes idle connections; the client can be used again.

    Args:
        config: The settings.
        transport: Another transport than requests: any object with ``send(HttpRequest) -> HttpResponse``.
        tokens: Another cache for access tokens than this client's memory.
        clock: Another clock than the machine's.
        on_event: Called with every ``Event``, for metrics; it has to be quick. If it raises, that is logged and harms
            no payment.

    Raises:
        ConfigurationError: If an argument has a wrong type; correct the arguments that it names.
    """

    def __init__(
        self,
        config: Config,
        *,
        transport: Transport | None = None,
        tokens: TokenCache | None = None,
        clock: Clock | None = None,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        check_parts(config, clock=clock, tokens=tokens, transport=transport, on_event=on_event, sends="send")
        self._config: Final = config
        clock = SystemClock() if clock is None else clock
        self._own: RequestsTransport | None = None
        if transport is None:
            transport = self._own = _requests_transport(clock)
        self._runtime: Final = ThreadRuntime(
            transport=transport,
            clock=clock,
            tokens=MemoryTokens(clock) if tokens is None else tokens,
            on_event=on_event,
        )

    @property
    def config(self) -> Config:
        """The settings."""
        return self._config

    @property
    def runtime(self) -> ThreadRuntime:
        """The runtime of its flows.

        For your own flow: ``daraja.runtime.run(flow, client.runtime)``.
        """
        return self._runtime

    @hide_locals
    def run(self, operation: Operation[T], /) -> T:
        """Run any operation, also your own: an object with ``flow(config)``.

        Args:
            operation: For example ``StkPush(phone=..., amount=..., reference=...)``.

        Returns:
            The result of the operation's flow.

        Raises:
            DarajaError: The errors that the operation's ``flow`` lists; the class says what you may do next.
        """
        return run(operation.flow(self._config), self._runtime)

    @hide_locals
    def stk_push(
        self,
        *,
        phone: str,
        amount: int | Decimal,
        reference: str,
        description: str = "Payment",
        callback_url: str | Secret | None = None,
    ) -> StkPushResponse:
        """Send a payment prompt to a phone. The answer does not mean that it is paid.

        Args:
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
            description: 1 to 13 characters of the same kind.
            callback_url: Where to report this payment, if not to the configured address.

        Returns:
            The ids of the request. Keep ``checkout_request_id``, by which the callback and the query name it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If a prompt may be on the phone. Wait for the callback, and do not send another prompt.
            ApiError: If Daraja refused. No prompt was sent. ``SubscriberBusy`` and ``RateLimited`` pass with time;
                after ``AuthenticationError`` and ``InvalidRequest`` correct the settings or the arguments.
            UnexpectedResponse: If no access token could be read. No prompt was sent.

        Source:
            Daraja, MpesaExpressSimulate.
        """
        return self.run(
            StkPush(phone=phone, amount=amount, reference=reference, description=description, callback_url=callback_url)
        )

    @hide_locals
    def stk_query(self, checkout_request_id: str, /) -> StkQueryResponse:
        """Query the result of a prompt. A query is harmless, within the rate limit (5 a minute in the sandbox).

        Args:
            checkout_request_id: The id from the push's answer.

        Returns:
            The outcome. ``Outcome.PROCESSING`` means that nothing is decided yet; query again in 15 seconds.

        Raises:
            InvalidInput: If the id is blank; nothing was sent.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused the query, ``RateLimited`` above all: query less often.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, MpesaExpressQuery.
        """
        return self.run(StkQuery(checkout_request_id))

    def close(self) -> None:
        """Close idle connections, unless the transport is your own. You can call it twice and use the client again."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _requests_transport(clock: Clock) -> "RequestsTransport":
    from daraja.transports.requests import RequestsTransport  # noqa: PLC0415 - requests is slow to load

    return RequestsTransport(clock=clock)


def check_parts(
    config: object, /, *, clock: object, tokens: object, transport: object, on_event: object, sends: str
) -> None:
    """Check that each part has the methods that it needs.

    Args:
        config: See ``Daraja``.
        clock: See ``Daraja``; None stands for our own.
        tokens: See ``Daraja``; None stands for our own.
        transport: See ``Daraja``; None stands for our own.
        on_event: See ``Daraja``; None stands for nobody.
        sends: The name of the transport's method.

    Raises:
        ConfigurationError: If a part is wrong; the error names all wrong parts.
    """
    parts = {
        "config": value_or_fault(_check_config, config),
        "clock": value_or_fault(_see, clock, methods=_CLOCK, hint="see daraja.system.machine"),
        "tokens": value_or_fault(_see, tokens, methods=_TOKENS, hint='give one like RedisTokens("redis://...")'),
        "transport": value_or_fault(_check_transport, transport, sends),
        "on_event": value_or_fault(check_on_event, on_event),
    }
    raise_faults(parts, ConfigurationError)


def _check_config(config: object) -> None:
    if not isinstance(config, Config):
        raise ValueError(f"is {type(config).__name__}; give Config(...) or Config.from_env()")


def _check_transport(transport: object, sends: str) -> None:
    if _is_of_http_library(transport):
        hint = "put it into a transport, as RequestsTransport(session) or Httpx2Transport(client)"
        raise ValueError(f"is {type(transport).__name__} of another library; {hint}")
    _see(transport, methods=[sends], hint="see daraja.transports.base")


def _is_of_http_library(part: object) -> bool:
    return any(base.__module__.partition(".")[0] in _HTTP_LIBRARIES for base in type(part).__mro__)


def _see(part: object, /, *, methods: Sequence[str], hint: str) -> None:
    missing = [f"{name}()" for name in methods if not callable(getattr(part, name, None))]
    if part is not None and (missing or isinstance(part, type)):
        what = f"is the class {part.__name__}" if isinstance(part, type) else f"is {type(part).__name__}"
        lacks = f", which has no {' and no '.join(missing)}" if missing else ""
        raise ValueError(f"{what}{lacks}; {hint}")
