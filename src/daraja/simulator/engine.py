"""The local Daraja itself: requests in, answers and callbacks out, at whatever time it is told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.answers import Answer
from daraja.simulator.checks import PUSH_FIELDS, QUERY_FIELDS, check_push, check_query
from daraja.simulator.events import Event, EventKind, Record, plain
from daraja.simulator.gate import Gate
from daraja.simulator.gateway import QueryRate
from daraja.simulator.ids import Ids
from daraja.simulator.incoming import Form, address, read_form
from daraja.simulator.journal import Exchange, Journal
from daraja.simulator.merchants import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, Merchants
from daraja.simulator.outbox import Delivery, Outbox
from daraja.simulator.prompts import Prompt, Prompts
from daraja.simulator.pushes import Push
from daraja.simulator.refusals import BUSINESS_ERROR, INVALID_TOKEN, Refusal
from daraja.simulator.repertoire import Repertoire
from daraja.simulator.replies import AnswerLost
from daraja.simulator.results import Result
from daraja.simulator.scenarios import Body, Scenario
from daraja.simulator.seconds import check_seconds
from daraja.simulator.subscribers import Subscribers

__all__ = ["Engine"]

_SANDBOX: Final[Mapping[str, str]] = MappingProxyType({SANDBOX_SHORTCODE: SANDBOX_PASSKEY})
_NO_TILLS: Final[Mapping[str, str]] = MappingProxyType({})
_NO_SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType({})


class Engine:
    """A local Daraja without sockets, clocks, chance or threads: it is told the time with every call.

    Every *now* is a datetime that knows its zone. One thread at a time; ``LocalDaraja`` puts a lock around it.

    Args:
        shortcodes: The passkey of every shortcode; Safaricom's public sandbox pair if left out.
        tills: The till number of every store number that has one; the store number is among *shortcodes* too.
        consumer_key: The only consumer key that gets a token; None for any that is not empty.
        consumer_secret: The only consumer secret that gets a token; None for any that is not empty.
        token_life: How long an access token lives, in seconds.
        one_token: Whether a new token ends the older one of the same consumer key, as Safaricom says in its FAQ.
        prompt_life: How long a prompt waits for a person, in seconds; then it ends with result code 1037.
        answer: How a number without a scenario is answered by itself; ``IGNORE`` leaves it to a person.
        delay: Seconds until such an answer, and until a magic number's result.
        busy_seconds: For how long after a push the same phone takes no other; 0 lets every push through. Numbers that
            play a scenario are never busy.
        query_limit: How many STK queries a minute are let through, evenly spread; Safaricom's sandbox takes 5. None for
            any number.
        scenarios: Numbers of your own, in any form that people write, with what becomes of a push to them.
        on_event: Called with each event as it is noted.

    Raises:
        ValueError: If a time is not from 0 to 86,400 seconds, a limit is below 1, a scenario's number is not a Kenyan
            mobile number, or a store number of a till has no passkey.
    """

    def __init__(  # noqa: PLR0913 - a keyword for each thing that a test may want to set
        self,
        *,
        shortcodes: Mapping[str, str] = _SANDBOX,
        tills: Mapping[str, str] = _NO_TILLS,
        consumer_key: str | None = None,
        consumer_secret: str | None = None,
        token_life: int = 3599,
        one_token: bool = False,
        prompt_life: float = 27.0,
        answer: Answer = Answer.IGNORE,
        delay: float = 2.0,
        busy_seconds: float = 60.0,
        query_limit: int | None = None,
        scenarios: Mapping[str, Scenario] = _NO_SCENARIOS,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        times = {"token_life": token_life, "prompt_life": prompt_life, "delay": delay, "busy_seconds": busy_seconds}
        for name, seconds in times.items():
            check_seconds(name, seconds)
        waiting = prompt_life if answer is Answer.IGNORE else delay
        self._repertoire = Repertoire(answer, waiting, busy_seconds, delay, scenarios)
        self._merchants = Merchants(dict(shortcodes), dict(tills))
        self._gate = Gate(consumer_key, consumer_secret, token_life, one_token=one_token)
        self._record = Record(on_event)
        self._ids = Ids()
        self._query_rate = QueryRate(query_limit)
        self._subscribers = Subscribers()
        self._journal = Journal()
        self._outbox = Outbox(self._record, self._journal)
        self._prompts = Prompts(self._ids, self._record, self._outbox)
        self._routes = {
            "/oauth/v1/generate": ("GET", self._token),
            "/mpesa/stkpush/v1/processrequest": ("POST", self._push),
            "/mpesa/stkpushquery/v1/query": ("POST", self._query),
        }

    @property
    def pushes(self) -> Sequence[Push]:
        """Every push that was accepted, oldest first."""
        return tuple(prompt.push for prompt in self._prompts.all)

    @property
    def prompts(self) -> Sequence[Prompt]:
        """The prompts that are open on a phone, oldest first."""
        return self._prompts.open

    @property
    def decided(self) -> Sequence[Prompt]:
        """The prompts whose push came to its result, oldest push first; what really was paid, and what was not."""
        return tuple(prompt for prompt in self._prompts.all if prompt.decision is not None)

    @property
    def callbacks(self) -> Sequence[HttpRequest]:
        """Every callback that was handed out, oldest first."""
        return self._outbox.sent

    @property
    def deliveries(self) -> Sequence[Delivery]:
        """The same callbacks, each with what its receiver answered."""
        return self._outbox.deliveries

    @property
    def events(self) -> Sequence[Event]:
        """What happened, oldest first; the newest 10,000 events are kept."""
        return self._record.events

    @property
    def last_event(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._record.last

    def exchange(self, number: int) -> Exchange | None:
        """Give what went over the wire at an event; None for most events, and for all but the newest thousand."""
        return self._journal.find(number)

    def newest(self, limit: int | None = None, *, phone: str | None = None) -> Sequence[Prompt]:
        """Give prompts, open or decided, newest push first.

        Args:
            limit: How many at most; None for all.
            phone: Only those of this phone, in the form ``2547XXXXXXXX``; None for those of every phone.
        """
        return self._prompts.newest(limit, phone)

    def find(self, checkout_request_id: str) -> Prompt | None:
        """Give the prompt of a push with its decision, if it came to one; None if there was no such push."""
        return self._prompts.find(checkout_request_id)

    def handle(self, request: HttpRequest, now: datetime) -> HttpResponse:
        """Answer a request as Daraja does.

        Hand on what ``early`` gives before you hand on the answer; ``due`` gives what nobody asks for there.

        Args:
            request: What was asked; of its address only path and query count.
            now: The time.

        Returns:
            Daraja's answer, or its refusal.

        Raises:
            AnswerLost: If a scenario loses the answer, and for no other reason; drop the connection without a byte.
        """
        self._prompts.settle(now)
        number = self._record.last + 1
        try:
            response = self._answered(request, now)
        except AnswerLost:
            self._journal.keep(number, Exchange(request))
            raise
        self._journal.keep(number, Exchange(request, response))
        return response

    def early(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks that shall arrive before the answer to the last request, each only once."""
        return self._outbox.early(now)

    def due(self, now: datetime) -> Sequence[HttpRequest]:
        """Hand out the callbacks whose time has come, in order and each only once."""
        self._prompts.settle(now)
        return self._outbox.due(now)

    def next_due(self) -> datetime | None:
        """Give the time when something happens next by itself, or None if nothing is under way."""
        return min(filter(None, (self._prompts.next_end(), self._outbox.next_due())), default=None)

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
        self._prompts.settle(now)
        self._prompts.press(phone, answer, now)

    def delivered(self, callback: HttpRequest, reply: str, now: datetime) -> None:
        """Record how the receiver of a callback answered.

        Args:
            callback: What ``due`` handed out.
            reply: What came of it, for example ``answered HTTP 200``.
            now: The time.
        """
        self._outbox.delivered(callback, reply, now)

    def again(self, callback: HttpRequest, now: datetime) -> None:
        """Let a callback that went out go out once more; ``due`` hands it out.

        Raises:
            LookupError: If it never did.
        """
        self._outbox.again(callback, now)

    def forge(self, phone: str, result: Result, body: Body, now: datetime) -> None:
        """Let a callback go out that Daraja never made, about the newest push to a phone; ``due`` hands it out.

        Args:
            phone: The phone, in any form that people write.
            result: What it claims.
            body: How it says so.
            now: The time.

        Raises:
            LookupError: If that phone was never asked for money.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        self._prompts.forge(phone, result, body, now)

    def settle(self, now: datetime) -> None:
        """Decide every prompt whose time is up, as everything else here does first."""
        self._prompts.settle(now)

    def note(self, kind: EventKind, text: str, now: datetime) -> None:
        """Add an event to the record; its text shall have no secrets and no whole phone numbers."""
        self._record.note(now, kind, text)

    def revoke_tokens(self) -> None:
        """Refuse every access token given out so far."""
        self._gate.revoke()

    def _answered(self, request: HttpRequest, now: datetime) -> HttpResponse:
        try:
            return self._answer(request, now)
        except Refusal as refusal:
            asked = f"{plain(request.method)} {plain(address(request).path)}"
            got = f"HTTP {refusal.status} {refusal.code}".rstrip()
            self._record.note(now, EventKind.REFUSED, f"{asked} got {got}: {refusal.why}")
            if refusal.code == INVALID_TOKEN[1]:
                self._gate.end(request)  # what was refused once, whatever the reason, is not taken later
            return refusal.response(self._ids.request_id(now))

    def _answer(self, request: HttpRequest, now: datetime) -> HttpResponse:
        route = self._routes.get(address(request).path)
        if route is None:
            raise Refusal(404, "404.001.01", "Resource not found", "here are OAuth, STK push and STK query only")
        method, answer = route
        if request.method != method:
            raise Refusal(405, "405.001", f"{request.method} Method Not Allowed", f"send it with {method}")
        return answer(request, now)

    def _token(self, request: HttpRequest, now: datetime) -> HttpResponse:
        response = self._gate.grant(request, self._ids.token(now), now)
        self._record.note(now, EventKind.TOKEN, "an access token was given out")
        return response

    def _form(self, request: HttpRequest, fields: Sequence[str], now: datetime) -> Form:
        self._gate.admit(request, now)
        return read_form(request, fields)

    def _push(self, request: HttpRequest, now: datetime) -> HttpResponse:
        push = check_push(self._form(request, PUSH_FIELDS, now), self._merchants, self._ids, now)
        scenario, ends_at = self._repertoire.cast(push)
        self._subscribers.ask(push, scenario.refuse)
        self._prompts.show(push, scenario, ends_at)
        try:
            return scenario.reply(push)
        except AnswerLost:
            self._record.note(now, EventKind.PUSH, "its answer is lost on the way: the connection is dropped")
            raise

    def _query(self, request: HttpRequest, now: datetime) -> HttpResponse:
        form = self._form(request, QUERY_FIELDS, now)
        self._query_rate.admit(now)
        shortcode, wanted = check_query(form, self._merchants, now)
        prompt = self._prompts.find(wanted)
        if prompt is None or prompt.push.shortcode != shortcode:
            why = f"shortcode {shortcode} made no push with this CheckoutRequestID here"
            raise Refusal(500, BUSINESS_ERROR, "The transaction does not Exist", why)
        return self._prompts.query(prompt, now)
