"""The face of the library: one object per set of settings, one short method per operation."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Self, TypeVar

from daraja.api.stk.push import StkPush, StkPushResponse
from daraja.api.stk.query import StkQuery, StkQueryResponse
from daraja.config import Config
from daraja.http.flow import Operation
from daraja.parts import check_parts
from daraja.privacy import hide_locals
from daraja.runtime import World, run
from daraja.system.clock import Clock, SystemClock
from daraja.tokens import MemoryTokens, TokenCache
from daraja.transports.base import Transport
from daraja.values.secret import Secret

if TYPE_CHECKING:
    from daraja.transports.requests import RequestsTransport

__all__ = ["Daraja"]

Answer = TypeVar("Answer")


class Daraja:
    """A client for Safaricom's Daraja API. Make one per process and share it between threads.

    >>> from daraja import Config, Daraja
    >>> daraja = Daraja(Config.from_env())  # doctest: +SKIP
    >>> push = daraja.stk_push(phone="0712 345 678", amount=500, reference="ORD-2025-001")  # doctest: +SKIP

    It can be used in a ``with`` block or without; ``close`` only gives up idle connections, and the client can be used
    again after it.

    Args:
        config: The settings.
        transport: What carries requests, if not requests: anything with ``send(HttpRequest) -> HttpResponse``.
        tokens: Where access tokens are kept, if not in this client's memory.
        clock: Where the time comes from, if not from the machine.

    Raises:
        ConfigurationError: If an argument is of a wrong kind; mend what it names.
    """

    def __init__(
        self,
        config: Config,
        *,
        transport: Transport | None = None,
        tokens: TokenCache | None = None,
        clock: Clock | None = None,
    ) -> None:
        check_parts(config, clock=clock, tokens=tokens, transport=transport, sends="send")
        self._config: Final = config
        clock = SystemClock() if clock is None else clock
        self._own: RequestsTransport | None = None
        if transport is None:
            transport = self._own = _requests_transport(clock)
        self._world: Final = World(
            transport=transport,
            clock=clock,
            tokens=MemoryTokens(clock) if tokens is None else tokens,
        )

    @property
    def config(self) -> Config:
        """The settings."""
        return self._config

    @property
    def world(self) -> World:
        """What carries its conversations out.

        For a flow of your own: ``daraja.runtime.run(flow, client.world)``.
        """
        return self._world

    @hide_locals
    def run(self, operation: Operation[Answer], /) -> Answer:
        """Carry out any operation, also one of your own: a value with ``flow(config)``.

        Args:
            operation: For example ``StkPush(phone=..., amount=..., reference=...)``.

        Returns:
            What the operation's flow gives.

        Raises:
            DarajaError: What the operation's ``flow`` lists; its class says what you may do next.
        """
        return run(operation.flow(self._config), self._world)

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
        """Ask a phone for money; the answer means that the customer is being asked, not that anything was paid.

        Args:
            phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
            amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
            reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
            description: 1 to 13 characters of the same kind.
            callback_url: Where to report this payment, if not to the configured address.

        Returns:
            The ids of the request. Keep ``checkout_request_id``, by which the callback and the query name it.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Mend what it names.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If a prompt may be on the phone: wait for the callback, do not ask again.
            ApiError: If Daraja refused: nobody was asked for money. ``SubscriberBusy`` and ``RateLimited`` pass with
                time, ``AuthenticationError`` and ``InvalidRequest`` want something mended.
            UnexpectedResponse: If no access token could be read: nobody was asked for money.

        Source:
            Daraja, MpesaExpressSimulate.
        """
        return self.run(
            StkPush(phone=phone, amount=amount, reference=reference, description=description, callback_url=callback_url)
        )

    @hide_locals
    def stk_query(self, checkout_request_id: str, /) -> StkQueryResponse:
        """Ask what became of a payment; asking is harmless, within the rate limit (5 a minute in the sandbox).

        Args:
            checkout_request_id: The id from the push's answer.

        Returns:
            The outcome. ``Outcome.PROCESSING`` means that nothing is decided yet; ask again in 15 seconds.

        Raises:
            InvalidInput: If the id is blank; nothing was sent.
            NotSent: If nothing left this machine; ask again.
            OutcomeUnknown: If no answer came; asking again is harmless.
            ApiError: If Daraja refused the question, ``RateLimited`` above all: ask less often.
            UnexpectedResponse: If the answer cannot be read; ask again later.

        Source:
            Daraja, MpesaExpressQuery.
        """
        return self.run(StkQuery(checkout_request_id))

    def close(self) -> None:
        """Give up idle connections, unless the transport is your own; calling it twice or going on after it is fine."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _requests_transport(clock: Clock) -> "RequestsTransport":
    from daraja.transports.requests import RequestsTransport  # noqa: PLC0415 - requests is slow to load

    return RequestsTransport(clock=clock)
