"""A worker of a small shop: it makes attempts, receives callbacks and reconciles until it is killed.

The first line of its input is its ``Settings`` as JSON. Each further line is a command: ``start NUMBER`` makes an
attempt, ``kill POINT`` sets the point of its kill switch, ``reconcile SECONDS`` moves its clock ahead and reconciles
what is due. It reports ``ended NUMBER RESULT``, ``dying POINT``, ``going on``, ``report JSON``, and after an error
``stumbled ERROR`` or ``crashed ERROR``. It ends at the end of its input.
"""

import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Event, Lock, Thread
from typing import Final, Generic, Protocol, TypedDict, TypeVar

import attrs
from sqlalchemy import Connection, create_engine

from daraja import Config, Daraja
from daraja.errors import DarajaError
from daraja.lifecycle.reconcile import Report
from daraja.lifecycle.record import Record
from tests.chaos.clock import FastClock
from tests.chaos.fault_injection import FaultInjectingTransport
from tests.chaos.ledger import fulfil, notify
from tests.chaos.points import KillSwitch, Point
from tests.chaos.receiver import Face, Receiver

__all__ = ["SELLERS", "Settings", "Shop"]

SELLERS: Final = 3
"""The number of attempts that a worker makes at the same time."""
_PAUSE: Final = 0.3
"""Real seconds between two runs of ``reconcile``."""
_FEW: Final = 20
_ALL: Final = 1_000_000


class Settings(TypedDict):
    """The settings of a worker."""

    base_url: str
    shortcode: str
    passkey: str
    callback_url: str
    database: str
    listener: int
    attempts: int
    day: str
    began: float
    pace: float
    probe: bool


class Reconciling(Face, Protocol):
    """What a worker works with: a checkout, payouts, or receipts."""

    def reconcile(self, *, limit: int, progress: Callable[[Report], object] | None = None) -> attrs.AttrsInstance:
        """Look after everything that is open, and report, with ``stopped`` among the fields of the report."""
        ...


F = TypeVar("F", bound=Reconciling)


class Shop(ABC, Generic[F]):
    """The parts of a worker."""

    def __init__(self, settings: Settings) -> None:
        self._lock: Final = Lock()
        self._over: Final = Event()
        self._kill_switch: Final = KillSwitch(lambda point: self._say("dying", point.name))
        self.clock: Final = FastClock(datetime.fromisoformat(settings["day"]), settings["began"], settings["pace"])
        self._ledger: Final = create_engine(settings["database"], hide_parameters=True)
        transport = FaultInjectingTransport(self.clock, self._kill_switch)
        daraja = Daraja(self._config(settings), transport=transport, clock=self.clock)
        self.face: Final = self._open(daraja, settings, self._kill_switch)
        self._receiver: Final = Receiver(settings["listener"], self.face, self._kill_switch)

    @abstractmethod
    def _config(self, settings: Settings) -> Config:
        """Return the settings of the client."""

    @abstractmethod
    def _open(self, daraja: Daraja, settings: Settings, kill_switch: KillSwitch) -> F:
        """Return what it works with."""

    @abstractmethod
    def _attempt(self, number: int) -> str:
        """Make an attempt, and return the status that it has then."""

    def work(self) -> None:
        """Follow the commands until the input ends."""
        threads = [Thread(target=self._receiver.serve_forever, args=(0.05,)), Thread(target=self._reconcile_regularly)]
        for thread in threads:
            thread.start()
        with ThreadPoolExecutor(SELLERS) as pool:
            for line in sys.stdin:
                command, _, what = line.strip().partition(" ")
                if command == "start":
                    pool.submit(self._report_errors, partial(self._start, int(what)))
                elif command == "reconcile":
                    self.clock.ahead = float(what)
                    pool.submit(self._report_errors, self._reconcile)
                else:
                    self._kill_switch.point = Point[what]
        self._over.set()
        self._receiver.shutdown()
        for thread in threads:
            thread.join()

    def _start(self, number: int) -> None:
        try:
            how = self._attempt(number)
        except DarajaError as error:
            how = type(error).__name__
        self._say("ended", f"{number} {how}")

    def _reconcile(self) -> None:
        report = self.face.reconcile(limit=_ALL, progress=lambda _: self._say("going", "on"))
        self._say("report", json.dumps(attrs.asdict(report)))

    def _reconcile_regularly(self) -> None:
        while not self._over.wait(_PAUSE):
            self._report_errors(partial(self.face.reconcile, limit=_FEW))

    def _report_errors(self, duty: Callable[[], object]) -> None:
        try:
            duty()
        except DarajaError as error:
            self._say("stumbled", type(error).__name__)
        except Exception as error:
            self._say("crashed", type(error).__name__)
            raise

    def _fulfil(self, connection: Connection, record: Record) -> None:
        fulfil(connection, record)
        self._kill_switch.reach(Point.FULFILLING)

    def _notify(self, record: Record) -> None:
        self._kill_switch.reach(Point.BEFORE_NOTIFY)
        notify(self._ledger, record)
        self._kill_switch.reach(Point.AFTER_NOTIFY)

    def _say(self, word: str, what: str) -> None:
        left = f"{word} {what}\n".encode()
        with self._lock:
            while left:
                left = left[os.write(sys.stdout.fileno(), left) :]
