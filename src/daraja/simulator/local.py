"""A local Daraja that is served over HTTP for as long as a ``with`` block lasts."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Thread
from typing import Final, Self

from daraja.simulator.answers import Answer
from daraja.simulator.app import application
from daraja.simulator.courier import deliver
from daraja.simulator.desk import Desk
from daraja.simulator.engine import Engine
from daraja.simulator.server import HOST, Server
from daraja.wire import HttpRequest, HttpResponse

__all__ = ["LocalDaraja"]

_COURIERS: Final = 32
_POLL: Final = 0.05
"""Seconds that the standard library's server may take to notice that it shall end."""


class LocalDaraja:
    """A local Daraja on 127.0.0.1 that answers and calls back until the block ends.

    >>> with LocalDaraja() as local:
    ...     local.base_url.startswith("http://127.0.0.1:")
    True

    Args:
        port: Where to listen; 0 for any free port.
        engine: What answers; an ``Engine()`` if left out. Read from it as you like, but call only this
            object's methods while the block lasts: they hold the lock.
        patience: How long the receiver of a callback may take, in seconds; a push whose callback comes before its
            answer is answered after that at the latest.
    """

    def __init__(self, *, port: int = 0, engine: Engine | None = None, patience: float = 5.0) -> None:
        self.engine: Final = Engine() if engine is None else engine
        self._port = port
        self._patience = patience
        self._desk = Desk(self.engine)
        self._running = ExitStack()

    @property
    def base_url(self) -> str:
        """The address to use instead of ``https://sandbox.safaricom.co.ke``; known once the block has begun."""
        return f"http://{HOST}:{self._port}"

    def __enter__(self) -> Self:
        """Open the port and begin to serve.

        Raises:
            OSError: If the port cannot be had; its ``strerror`` is a sentence.
        """
        try:
            server = Server(self._port, application(self._answer))
        except OSError as error:
            message = (
                f"port {self._port} of {HOST} cannot be used ({error.strerror}); stop what uses it, or take another"
            )
            raise OSError(error.errno, message) from None
        self._port = server.server_port
        serving = Thread(target=server.serve_forever, args=(_POLL,), name="daraja-simulator")
        calling = Thread(target=self._call_back, name="daraja-callbacks")
        # Undone from the last to the first: stop taking connections, close those there are, then stop calling back.
        for undo in (calling.join, self._desk.close, server.server_close, serving.join, server.shutdown):
            self._running.callback(undo)
        serving.start()
        calling.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port and every connection, and end every thread."""
        self._running.close()

    def answer(self, phone: str, answer: Answer) -> None:
        """Do what a person does with the oldest prompt that is open on a phone.

        Args:
            phone: The phone, in any form that people write.
            answer: What the person does; ``IGNORE`` leaves the prompt to end by itself.

        Raises:
            LookupError: If no prompt is open there.
            ValueError: If *phone* is not a Kenyan mobile number.
        """
        self._desk.answer(phone, answer)

    def revoke_tokens(self) -> None:
        """Refuse every access token given out so far."""
        self._desk.revoke_tokens()

    def _answer(self, request: HttpRequest) -> HttpResponse | None:
        early, response = self._desk.handle(request)
        for callback in early:
            self._deliver(callback)
        return response

    def _call_back(self) -> None:
        # Many at a time, so that a receiver that is slow delays no other.
        with ThreadPoolExecutor(_COURIERS, "daraja-courier") as couriers:
            while callbacks := self._desk.wait_for_callbacks():
                for callback in callbacks:
                    couriers.submit(self._deliver, callback)
            couriers.shutdown(cancel_futures=True)

    def _deliver(self, callback: HttpRequest) -> None:
        self._desk.delivered(callback, deliver(callback, self._patience))
