"""What every chaos run has: its measures, the settings of its workers, and its outcome."""

import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

import attrs

from daraja.lifecycle.record import Record
from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, LocalDaraja
from tests.chaos.clock import PACE
from tests.chaos.database import Stored
from tests.chaos.shop import Settings

__all__ = ["QUEUE", "RECOVERY_WORKERS", "WORKERS", "Outcome", "settings_of"]

T = TypeVar("T")
R = TypeVar("R", bound=Record)

WORKERS: Final = 3
RECOVERY_WORKERS: Final = 2
QUEUE: Final = 1024
"""Connections that wait while all workers are dead."""


@attrs.frozen(kw_only=True)
class Outcome(Generic[T, R]):
    """The outcome of a run.

    Args:
        seed: The seed of the plans.
        seconds: The duration of the run.
        truth: The real events.
        stored: The content of the database.
        faults_played: How often each fault happened.
        errors: The errors in workers without a kill, counted by type.
    """

    seed: int
    seconds: float
    truth: T
    stored: Stored[R]
    faults_played: Mapping[str, int]
    errors: Mapping[str, int]


def settings_of(
    local: LocalDaraja,
    listener: socket.socket,
    database: str,
    attempts: int,
    *,
    path: str,
    before: timedelta,
    pace: float = PACE,
    probe: bool = False,
) -> Settings:
    """Return the settings of a run's workers.

    Args:
        local: The Daraja that they ask.
        listener: The socket on which they take callbacks.
        database: The address of the database.
        attempts: The number of attempts.
        path: The path of the callbacks.
        before: How long before the real time the run starts. It ends as long after it, and Daraja refuses timestamps a
            day off.
        pace: Seconds of the workers' time in one real second.
        probe: Whether payouts are probed.
    """
    return Settings(
        base_url=local.base_url,
        shortcode=SANDBOX_SHORTCODE,
        passkey=SANDBOX_PASSKEY,
        callback_url=f"http://127.0.0.1:{listener.getsockname()[1]}/{path}/",
        database=database,
        listener=listener.fileno(),
        attempts=attempts,
        day=(datetime.now(UTC) - before).isoformat(),
        began=time.monotonic(),
        pace=pace,
        probe=probe,
    )
