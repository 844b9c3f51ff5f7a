"""A local Daraja that is served over HTTP for as long as a ``with`` block lasts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import zip_longest
from threading import Thread
from typing import Final, Self

from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.app import application
from daraja.simulator.control import Control
from daraja.simulator.courier import deliver
from daraja.simulator.engine import Engine
from daraja.simulator.hours import TimeOfDay
from daraja.simulator.outbox import receiver_of
from daraja.simulator.panel import Panel
from daraja.simulator.refusals import BROKEN
from daraja.simulator.server import LOOPBACK, Server

__all__ = ["LocalDaraja"]

_COURIERS: Final = 32
_EVERYWHERE: Final = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - only named; what the user asks for is listened on
_POLL: Final = 0.05
"""Seconds that the standard library's server may take to notice that it shall end."""


class LocalDaraja(Control):
    """A local Daraja that answers and calls back until the block ends.

    >>> with LocalDaraja() as local:
    ...     local.base_url.startswith("http://127.0.0.1:")
    True

    Args:
        port: Where to listen; 0 for any free port.
        engine: What answers; an ``Engine()`` if left out. Read from it as you like, but call only this
            object's methods while the block lasts: they hold the lock.
        patience: How long the receiver of a callback may take, in seconds; a push whose callback comes before its
            answer is answered after that at the latest.
        host: Where to listen. Whoever reaches any other address than this machine's own can press every button here.
    """

    def __init__(
        self, *, port: int = 0, engine: Engine | None = None, patience: float = 5.0, host: str = LOOPBACK
    ) -> None:
        super().__init__(Engine() if engine is None else engine, TimeOfDay())
        self._host = host
        self._port = port
        self._patience = patience
        self._panel = Panel(self, self._desk, self._as_daraja)
        self._running = ExitStack()

    @property
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``, known once the block has begun.

        A browser finds the phones there.
        """
        host = _EVERYWHERE.get(self._host, self._host)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    def __enter__(self) -> Self:
        """Open the port and begin to serve.

        Raises:
            OSError: If the port cannot be had; its ``strerror`` is a sentence.
        """
        try:
            server = Server(self._host, self._port, application(self.handle))
        except OSError as error:
            what = f"port {self._port} of {self._host} cannot be used ({error.strerror})"
            message = f"{what}; stop what uses it, or take another"
            raise OSError(error.errno, message) from None
        self._port = server.server_port
        self._desk.open()
        serving = Thread(target=server.serve_forever, args=(_POLL,), name="daraja-simulator")
        calling = Thread(target=self._call_back, name="daraja-callbacks")
        # Undone from the last to the first: stop taking connections, end every wait, close the connections there are.
        for undo in (calling.join, server.server_close, self._desk.close, serving.join, server.shutdown):
            self._running.callback(undo)
        serving.start()
        calling.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port and every connection, and end every thread."""
        self._running.close()

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Answer one request as the server does: as Daraja, or for the page and its control.

        Returns:
            The answer; None if it shall not arrive.
        """
        try:
            return self._panel.answer(request) or self._as_daraja(request)
        except Exception as error:  # noqa: BLE001 - a scenario of the user's, which must not stop the simulator
            self._desk.failed(error)
            return BROKEN

    def _as_daraja(self, request: HttpRequest) -> HttpResponse | None:
        early, response = self._desk.handle(request)
        for callback in early:
            self._hand_over(callback)
        return response

    def _call_back(self) -> None:
        # Many at a time, so that a receiver that is slow delays no other.
        with ThreadPoolExecutor(_COURIERS, "daraja-courier") as couriers:
            while callbacks := self._desk.wait_for_callbacks():
                for callback in callbacks:
                    # Told of one that is cancelled too.
                    couriers.submit(self._hand_over, callback).add_done_callback(lambda _: self._desk.arrived())
            couriers.shutdown(cancel_futures=True)

    def _send(self, callbacks: Sequence[HttpRequest]) -> None:
        # All receivers at once, each with one callback at a time: it hears its own in their order.
        ways: dict[str, list[HttpRequest]] = {}
        for callback in callbacks:
            ways.setdefault(receiver_of(callback), []).append(callback)
        with ThreadPoolExecutor(_COURIERS, "daraja-courier") as couriers:
            for together in zip_longest(*ways.values()):
                list(couriers.map(self._hand_over, filter(None, together)))
        self._settle()

    def _hand_over(self, callback: HttpRequest) -> None:
        if not self._desk.closed:
            self._desk.delivered(callback, deliver(callback, self._patience))

    def _listens(self) -> bool:
        return True

    def _settle(self) -> None:
        self._desk.wait_until_arrived(self._patience)
