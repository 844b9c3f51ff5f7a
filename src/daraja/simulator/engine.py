"""The local Daraja itself: requests in, answers and callbacks out, with the time as a parameter."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.clock import check_seconds
from daraja.simulator.errors import INVALID_TOKEN, AnswerLost, HttpError
from daraja.simulator.event_log import Event, EventKind, EventLog, Exchange, printable
from daraja.simulator.ledger import Band, Ledger
from daraja.simulator.oauth import TokenIssuer
from daraja.simulator.operators import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Operators
from daraja.simulator.phones import Answer
from daraja.simulator.products.account_balance import AccountBalance
from daraja.simulator.products.b2b import B2b, Tax
from daraja.simulator.products.b2b_express import B2bExpress
from daraja.simulator.products.b2c import B2c
from daraja.simulator.products.base import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Merchants, Product, Route, Services
from daraja.simulator.products.bill_manager import BillManager
from daraja.simulator.products.bonga import Bonga
from daraja.simulator.products.c2b import C2b
from daraja.simulator.products.c2b_misbehaviours import ConfirmationScenario
from daraja.simulator.products.dynamic_qr import DynamicQr
from daraja.simulator.products.initiator import ResultScenario
from daraja.simulator.products.lookups import Lookups
from daraja.simulator.products.pull import Pull
from daraja.simulator.products.reversal import Reversal
from daraja.simulator.products.standing_order import StandingOrders
from daraja.simulator.products.stk import Scenario, Stk
from daraja.simulator.products.transaction_status import TransactionStatus
from daraja.simulator.validation import split_url

_OAUTH: Final = "/oauth/v1/generate"
_SANDBOX: Final[Mapping[str, str]] = MappingProxyType({SANDBOX_SHORTCODE: SANDBOX_PASSKEY})
_NO_TILLS: Final[Mapping[str, str]] = MappingProxyType({})
_OPERATORS: Final[Mapping[str, str]] = MappingProxyType({SANDBOX_INITIATOR: SANDBOX_PASSWORD})
_NO_SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType({})
_NO_PAYOUTS: Final[Mapping[str, ResultScenario]] = MappingProxyType({})
_NO_PAYERS: Final[Mapping[str, ConfirmationScenario]] = MappingProxyType({})


class Engine:
    """A local Daraja without sockets, clocks, chance and threads.

    Every *now* is a datetime with a time zone. Only one thread at a time may use it; ``LocalDaraja`` has a lock for it.

    Args:
        shortcodes: The passkey of every shortcode; Safaricom's public sandbox pair if left out.
        tills: The till number of every store number that has one; the store number is among *shortcodes* too.
        tokens: Issues and checks access tokens; a ``TokenIssuer()`` if left out. Engines may share one.
        prompt_life: How long a prompt waits for a person, in seconds; then it ends with result code 1037.
        answer: How a number without a scenario answers by itself; ``IGNORE`` leaves it to a person.
        delay: Seconds until such an answer, and until the result of a magic number.
        busy_seconds: For how long after a push the same phone accepts no other; 0 accepts every push. Numbers with a
            scenario are never busy.
        query_limit: How many STK queries a minute are let through, evenly spread; Safaricom's sandbox lets 5 through.
            None for any number.
        scenarios: Phone numbers of your own, in any form that people write, with the scenario of a push to each.
        payouts: Phone numbers of your own, in the form 2547XXXXXXXX, with the scenario of a payout to each.
        payers: Phone numbers of your own, in any form that people write, with the scenario of the C2B confirmations of
            what each pays, by hand or at a prompt.
        operators: The password of every API operator; ``testapi`` with ``Local#Daraja1`` if left out.
        balances: What organisations begin with, by shortcode and account, such as ``{"174379": {"Utility Account":
            500}}``; else KES 1,000,000 on Working, Utility and Merchant.
        tariff: What transactions cost, as bands by product: ``b2c``, ``b2b``, ``tax``, ``stk``, ``c2b``; nothing if
            left out. No tariff of Safaricom's is built in, since each shortcode has its own.
        c2b_validation: Whether shops with registered addresses validate payments; in production Safaricom enables it.
        c2b_register_once: Whether a second registration of C2B addresses is refused, as in production.
        extra_products: Makers of products of your own; each is called with what all products share.
        on_event: Called with each event when it is noted.

    Raises:
        ValueError: If a time is not from 0 to 86,400 seconds, a limit is below 1, a scenario's number is not a Kenyan
            mobile number, or a store number of a till has no passkey.
    """

    def __init__(
        self,
        *,
        shortcodes: Mapping[str, str] = _SANDBOX,
        tills: Mapping[str, str] = _NO_TILLS,
        tokens: TokenIssuer | None = None,
        prompt_life: float = 27.0,
        answer: Answer = Answer.IGNORE,
        delay: float = 2.0,
        busy_seconds: float = 60.0,
        query_limit: int | None = None,
        scenarios: Mapping[str, Scenario] = _NO_SCENARIOS,
        payouts: Mapping[str, ResultScenario] = _NO_PAYOUTS,
        payers: Mapping[str, ConfirmationScenario] = _NO_PAYERS,
        operators: Mapping[str, str] = _OPERATORS,
        balances: Mapping[str, Mapping[str, Decimal | int]] | None = None,
        tariff: Mapping[str, Sequence[Band]] | None = None,
        c2b_validation: bool = True,
        c2b_register_once: bool = False,
        extra_products: Sequence[Callable[[Services], Product]] = (),
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        for name, seconds in {"prompt_life": prompt_life, "delay": delay, "busy_seconds": busy_seconds}.items():
            check_seconds(name, seconds)
        self.log: Final = EventLog(on_event)
        self.tokens: Final = TokenIssuer() if tokens is None else tokens
        services = Services(
            log=self.log,
            merchants=Merchants(dict(shortcodes), dict(tills)),
            delay=delay,
            prompt_life=prompt_life,
            answer=answer,
            ledger=Ledger(balances, tariff),
            operators=Operators(operators),
        )
        self.ledger: Final = services.ledger
        self.operators: Final = services.operators
        self.phones: Final = services.phones
        self.callback_queue: Final = services.callbacks
        self._schedule: Final = services.schedule
        self._ids: Final = services.ids
        self.stk: Final = Stk(
            services,
            prompt_life=prompt_life,
            answer=answer,
            busy_seconds=busy_seconds,
            query_limit=query_limit,
            scenarios=scenarios,
        )
        self.c2b: Final = C2b(services, validation=c2b_validation, register_once=c2b_register_once, scenarios=payers)
        self.products: Final[Sequence[Product]] = (
            self.stk,
            B2c(services, payouts),
            Reversal(services),
            TransactionStatus(services),
            AccountBalance(services),
            self.c2b,
            B2b(services),
            Tax(services),
            B2bExpress(services),
            StandingOrders(services),
            DynamicQr(services),
            Pull(services),
            BillManager(services),
            Bonga(services),
            Lookups(services),
            *(make(services) for make in extra_products),
        )
        # Nothing below knows a product by its name.
        self._routes: Final = {
            path: (product.name, route) for product in self.products for path, route in product.routes.items()
        }

    @property
    def events(self) -> Sequence[Event]:
        """The events, oldest first; the newest 10,000 are kept."""
        return self.log.events

    @property
    def callbacks(self) -> Sequence[HttpRequest]:
        """Every callback that was handed out, oldest first."""
        return tuple(delivery.callback for delivery in self.callback_queue.sent)

    # Requests of shops

    def handle(self, request: HttpRequest, now: datetime) -> HttpResponse:
        """Answer a request as Daraja does.

        Send the callbacks that ``early`` hands out before the answer; ``due`` hands out those that you leave there.

        Args:
            request: The request; of its address only path and query count.
            now: The time.

        Returns:
            Daraja's answer, also if it is an error.

        Raises:
            AnswerLost: If a scenario loses the answer, and for no other reason; drop the connection without a byte.
        """
        self.settle(now)
        number = self.log.last + 1
        product, route = self._routes.get(split_url(request).path, ("", None))
        try:
            response = self._respond(request, route, now)
        except AnswerLost:
            self.log.keep(number, Exchange(request, product=product))
            raise
        self.log.keep(number, Exchange(request, response, product=product))
        return response

    def early(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks that are sent before the answer to the last request, each once."""
        return self.callback_queue.early(now)

    # The passing of time

    def settle(self, now: datetime) -> None:
        """Let everything happen whose time has come, such as the end of a prompt."""
        self._schedule.run(now)

    def due(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, in the order of their times, each once."""
        self.settle(now)
        return self.callback_queue.due(now)

    def next_due(self) -> datetime | None:
        """Return the time when something happens next by itself, or None."""
        return min(filter(None, (self._schedule.next_due(), self.callback_queue.next_due())), default=None)

    # People and receivers of callbacks

    def answer(self, phone: str, answer: Answer, now: datetime) -> None:
        """Do what a person does with the oldest prompt that is open on a phone.

        Args:
            phone: The phone, in any form that people write.
            answer: What the person does; ``IGNORE`` leaves the prompt to end by itself.
            now: The time.

        Raises:
            LookupError: If no prompt is open there.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        self.settle(now)
        self.phones.answer(phone, answer, now)

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """Note how the receiver of a callback replied.

        Args:
            callback: A callback that was handed out.
            reply: The reply, for example ``answered HTTP 200``.
            now: The time.
        """
        self.callback_queue.delivered(callback, reply, now)

    def _respond(self, request: HttpRequest, route: Route | None, now: datetime) -> HttpResponse:
        try:
            if split_url(request).path == _OAUTH:
                return self._issue_token(request, now)
            return self._dispatch(request, route, now)
        except HttpError as error:
            return self._refuse(request, error, now)

    def _dispatch(self, request: HttpRequest, route: Route | None, now: datetime) -> HttpResponse:
        if route is None:
            raise HttpError(404, "404.001.01", "Resource not found", "no product has this path; look at its version")
        _check_method(request, "POST")
        self.tokens.authenticate(request, now)
        if route.limiter is not None:
            route.limiter.check(now)
        return route.handle(request, now)

    def _issue_token(self, request: HttpRequest, now: datetime) -> HttpResponse:
        _check_method(request, "GET")
        response = self.tokens.issue(request, self._ids.token(now), now)
        self.log.note(EventKind.TOKEN, "an access token was issued", now)
        return response

    def _refuse(self, request: HttpRequest, error: HttpError, now: datetime) -> HttpResponse:
        asked = f"{printable(request.method)} {printable(split_url(request).path)}"
        got = f"HTTP {error.status} {error.code}".rstrip()
        self.log.note(EventKind.REFUSED, f"{asked} got {got}: {error.why}", now)
        if error.code == INVALID_TOKEN[1]:
            self.tokens.revoke_token_of(request)  # a token that was refused once is not accepted later
        return error.response(self._ids.request_id(now))


def _check_method(request: HttpRequest, method: str) -> None:
    if request.method != method:
        raise HttpError(405, "405.001", f"{request.method} Method Not Allowed", f"send it with {method}")
