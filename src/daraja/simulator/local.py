"""A local Daraja that is served over HTTP for as long as a ``with`` block lasts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import zip_longest
from threading import Thread
from typing import Final, Self

from daraja.config import Config, Environment, PayBill
from daraja.config.checks import VARIABLES
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.callback_queue import receiver_of
from daraja.simulator.callback_sender import send_callback
from daraja.simulator.clock import WallClock
from daraja.simulator.control import Control
from daraja.simulator.control_api import ControlApi
from daraja.simulator.engine import Engine
from daraja.simulator.errors import INTERNAL_SERVER_ERROR
from daraja.simulator.event_log import EventKind, printable
from daraja.simulator.operators import SANDBOX_INITIATOR, SANDBOX_PASSWORD, certificate
from daraja.simulator.products.base import SANDBOX_PASSKEY, SANDBOX_SHORTCODE
from daraja.simulator.server import LOOPBACK, Server, wsgi_application

_SENDERS: Final = 32
_ANY_ADDRESS: Final = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - named only; the user chooses what is listened on
_POLL: Final = 0.05
"""Seconds until the standard library's server notices that it is to end."""


class LocalDaraja(Control):
    """A local Daraja that answers and calls back until the block ends.

    >>> with LocalDaraja() as local:
    ...     local.base_url.startswith("http://127.0.0.1:")
    True

    Args:
        port: The port to listen on; 0 for any free port.
        engine: What answers; an ``Engine()`` if left out. Read from it as you like, but call only this object's
            methods while the block lasts: they hold the lock.
        timeout: How long the receiver of a callback may take, in seconds; a push whose callback comes before its
            answer is answered after that at the latest.
        host: The address to listen on. Everybody who can reach another address than this machine's own can press
            every button here.
    """

    def __init__(
        self, *, port: int = 0, engine: Engine | None = None, timeout: float = 8.0, host: str = LOOPBACK
    ) -> None:
        super().__init__(Engine() if engine is None else engine, WallClock())
        self._host = host
        self._port = port
        self._timeout = timeout
        self._api = ControlApi(self, self._answer_as_daraja)
        self._running = ExitStack()
        self._under_way = 0
        """How many callbacks are on their way that fell due by themselves."""

    @property
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``, known once the block has begun.

        A browser shows the phones there.
        """
        host = _ANY_ADDRESS.get(self._host, self._host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    def config(self, callback_url: str, /) -> Config:
        """Return settings for a shop that uses this Daraja with the pay bill of Safaricom's sandbox.

        Args:
            callback_url: Where to report results, such as ``http://127.0.0.1:8000/payments/callback/``.
        """
        return Config(
            consumer_key="any-key",
            consumer_secret="any-secret",  # noqa: S106 - the local Daraja takes any
            business=PayBill(SANDBOX_SHORTCODE, passkey=SANDBOX_PASSKEY),
            environment=Environment(self.base_url),
            callback_url=callback_url,
            registered_secret="any-secret-for-years",  # noqa: S106 - as above
        )

    def variables(self, callback_url: str, /) -> dict[str, str]:
        """Return all ``MPESA_*`` variables for such a shop; those that it does not use are empty.

        Args:
            callback_url: As above.
        """
        return dict.fromkeys(VARIABLES.values(), "") | {
            "MPESA_ENVIRONMENT": "simulator",
            "MPESA_BASE_URL": self.base_url,
            "MPESA_CONSUMER_KEY": "any-key",
            "MPESA_CONSUMER_SECRET": "any-secret",
            "MPESA_BUSINESS_SHORTCODE": SANDBOX_SHORTCODE,
            "MPESA_PASSKEY": SANDBOX_PASSKEY,
            "MPESA_CALLBACK_URL": callback_url,
            "MPESA_INITIATOR_NAME": SANDBOX_INITIATOR,
            "MPESA_INITIATOR_PASSWORD": SANDBOX_PASSWORD,
            "MPESA_CERTIFICATE": certificate().decode().strip(),
            "MPESA_REGISTERED_SECRET": "any-secret-for-years",
        }

    def __enter__(self) -> Self:
        """Open the port and begin to serve.

        Raises:
            OSError: If the port cannot be used; its ``strerror`` is a sentence.
        """
        try:
            server = Server(self._host, self._port, wsgi_application(self.handle))
        except OSError as error:
            what = f"port {self._port} of {self._host} cannot be used ({error.strerror})"
            message = f"{what}; stop what uses it, or take another"
            raise OSError(error.errno, message) from None
        self._port = server.server_port
        self._set_closed(closed=False)
        serving = Thread(target=server.serve_forever, args=(_POLL,), name="daraja-simulator")
        sending = Thread(target=self._send_callbacks, name="daraja-callbacks")
        # Undone from the last to the first: accept no connection, end every wait, close the open connections.
        for undo in (sending.join, server.server_close, self._close, serving.join, server.shutdown):
            self._running.callback(undo)
        serving.start()
        sending.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port and every connection, and end every thread; callbacks still to come are not sent."""
        self._running.close()

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Answer one request as the server does: as Daraja, or for the page and the control API.

        Returns:
            The answer; None if it is lost.
        """
        try:
            return self._api.handle(request) or self._answer_as_daraja(request)
        except Exception as error:  # noqa: BLE001 - a scenario of the user's must not stop the simulator
            self._note_fault(error)
            return INTERNAL_SERVER_ERROR

    def _answer_as_daraja(self, request: HttpRequest) -> HttpResponse | None:
        early, response = self._respond(request)
        for callback in early:
            self._deliver_one(callback)
        return response

    def _post(self, callback: HttpRequest) -> object:
        return None if self._closed else send_callback(callback, self._timeout)

    def _deliver(self, callbacks: Sequence[HttpRequest]) -> None:
        """Deliver callbacks, and wait for those that are under way.

        All receivers get theirs at the same time, but each one callback after the other, in their order.
        """
        by_receiver: dict[str, list[HttpRequest]] = {}
        for callback in callbacks:
            by_receiver.setdefault(receiver_of(callback), []).append(callback)
        with ThreadPoolExecutor(_SENDERS, "daraja-sender") as senders:
            for together in zip_longest(*by_receiver.values()):
                list(senders.map(self._deliver_one, filter(None, together)))
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, self._timeout)

    # Callbacks that fall due by themselves

    def _send_callbacks(self) -> None:
        # Many at a time, so that a slow receiver delays no other.
        with ThreadPoolExecutor(_SENDERS, "daraja-sender") as senders:
            while callbacks := self._wait_for_callbacks():
                for callback in callbacks:
                    # The number under way goes down for a delivery that is cancelled, too.
                    senders.submit(self._deliver_one, callback).add_done_callback(lambda _: self._count_delivery())
            senders.shutdown(cancel_futures=True)

    def _wait_for_callbacks(self) -> Sequence[HttpRequest]:
        """Wait until callbacks are due and take them; there are none once it is closed."""
        with self._changed:
            while not self._closed:
                if callbacks := self._take_due():
                    self._under_way += len(callbacks)
                    self._changed.notify_all()
                    return callbacks
                following = None if self._held else self.engine.next_due()
                self._changed.wait(None if following is None else (following - self._clock.now()).total_seconds())
        return ()

    def _take_due(self) -> Sequence[HttpRequest]:
        try:
            return () if self._held else self.engine.due(self._clock.now())
        except Exception as error:  # noqa: BLE001 - a scenario of the user's must not end all callbacks
            self._note_fault(error)
            return ()

    def _count_delivery(self) -> None:
        with self.locked():
            self._under_way -= 1

    def _note_fault(self, error: Exception) -> None:
        with self.locked() as now:
            text = f"a scenario raised {type(error).__name__}: {printable(str(error))}; mend the scenario"
            self.engine.log.note(EventKind.FAULT, text, now)

    def _close(self) -> None:
        self._set_closed(closed=True)

    def _set_closed(self, *, closed: bool) -> None:
        with self.locked():
            self._closed = closed
