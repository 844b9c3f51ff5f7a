"""A worker of a small shop, as a program: it sells, takes callbacks in and looks after what is open until it is killed.

The first line that it reads is its ``Settings`` as JSON. Then, one a line: ``start NUMBER`` makes an attempt, ``die
POINT`` sets its fuse, ``reconcile SECONDS`` moves its clock so far ahead and looks after all that is due then. What it
says: ``ended NUMBER HOW``, ``dying POINT``, ``going on``, ``report JSON``, and of what failed ``stumbled ERROR`` or
``crashed ERROR``. It ends with its input.
"""

import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Event, Lock, Thread
from typing import Final, TypedDict

import attrs
from sqlalchemy import Connection, create_engine

from daraja import Checkout, Config, Daraja, Environment, PayBill, Payment
from daraja.errors import DarajaError
from tests.chaos.attempts import attempt
from tests.chaos.clock import FastClock
from tests.chaos.ledger import fulfil, tell
from tests.chaos.mortal import MortalStore, MortalTransport
from tests.chaos.points import Fuse, Point
from tests.chaos.receiver import Receiver

__all__ = ["SELLERS", "Settings"]

SELLERS: Final = 3
"""Attempts that a worker makes at the same time."""
_PAUSE: Final = 0.3
"""Real seconds between two looks at what is due."""
_FEW: Final = 20
_ALL: Final = 1_000_000


class Settings(TypedDict):
    """What a worker has to know."""

    base_url: str
    shortcode: str
    passkey: str
    callback_url: str
    database: str
    listener: int
    day: str
    began: float


class Shop:
    """The parts of a worker, put together."""

    def __init__(self, settings: Settings) -> None:
        self._lock: Final = Lock()
        self._over: Final = Event()
        self._fuse: Final = Fuse(lambda point: self._say("dying", point.name))
        self._clock: Final = FastClock(datetime.fromisoformat(settings["day"]), settings["began"])
        self._ledger: Final = create_engine(settings["database"], hide_parameters=True)
        config = Config(
            consumer_key="key",
            consumer_secret="secret",
            business=PayBill(settings["shortcode"], passkey=settings["passkey"]),
            environment=Environment(settings["base_url"]),
            callback_url=settings["callback_url"],
        )
        daraja = Daraja(config, transport=MortalTransport(self._clock, self._fuse), clock=self._clock)
        store = MortalStore(settings["database"], self._fuse, self._fulfil)
        self._checkout: Final = Checkout(daraja, store, on_success=self._tell)
        self._receiver: Final = Receiver(settings["listener"], self._checkout, self._fuse)

    def work(self) -> None:
        """Do as the lines say, until there are no more."""
        threads = [Thread(target=self._receiver.serve_forever, args=(0.05,)), Thread(target=self._tend)]
        for thread in threads:
            thread.start()
        with ThreadPoolExecutor(SELLERS) as pool:
            for line in sys.stdin:
                command, _, what = line.strip().partition(" ")
                if command == "start":
                    pool.submit(self._dutifully, partial(self._start, int(what)))
                elif command == "reconcile":
                    self._clock.ahead = float(what)
                    pool.submit(self._dutifully, self._reconcile)
                else:
                    self._fuse.point = Point[what]
        self._over.set()
        self._receiver.shutdown()
        for thread in threads:
            thread.join()

    def _start(self, number: int) -> None:
        try:
            how = self._checkout.start(**attempt(number)).status.value
        except DarajaError as error:
            how = type(error).__name__
        self._say("ended", f"{number} {how}")

    def _reconcile(self) -> None:
        report = self._checkout.reconcile(limit=_ALL, progress=lambda _: self._say("going", "on"))
        self._say("report", json.dumps(attrs.asdict(report)))

    def _tend(self) -> None:
        while not self._over.wait(_PAUSE):
            self._dutifully(partial(self._checkout.reconcile, limit=_FEW))

    def _dutifully(self, duty: Callable[[], object]) -> None:
        try:
            duty()
        except DarajaError as error:
            self._say("stumbled", type(error).__name__)
        except Exception as error:
            self._say("crashed", type(error).__name__)
            raise

    def _fulfil(self, connection: Connection, payment: Payment) -> None:
        fulfil(connection, payment)
        self._fuse.reach(Point.FULFILLING)

    def _tell(self, payment: Payment) -> None:
        self._fuse.reach(Point.BEFORE_TELLING)
        tell(self._ledger, payment)
        self._fuse.reach(Point.AFTER_TELLING)

    def _say(self, word: str, what: str) -> None:
        left = f"{word} {what}\n".encode()
        with self._lock:
            while left:
                left = left[os.write(sys.stdout.fileno(), left) :]


if __name__ == "__main__":
    Shop(json.loads(sys.stdin.readline())).work()
