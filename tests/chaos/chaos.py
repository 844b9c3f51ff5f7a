"""Chaos, from the empty database to the books of the day after."""

import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Final

import attrs
from sqlalchemy import create_engine

from daraja.simulator import SANDBOX_PASSKEY, SANDBOX_SHORTCODE, LocalDaraja
from daraja.stores.sql import SqlStore
from tests.chaos.attempts import phone_of
from tests.chaos.books import Books, open_payments, read_books
from tests.chaos.crew import Crew, Inbox
from tests.chaos.ledger import create_ledger
from tests.chaos.night import pass_the_night
from tests.chaos.plan import draw
from tests.chaos.play import Stage
from tests.chaos.points import Point
from tests.chaos.process import Worker
from tests.chaos.sale import Sale
from tests.chaos.verdict import Truth
from tests.chaos.witness import Witness
from tests.chaos.worker import Settings

__all__ = ["Aftermath", "unleash"]

_BY_DAY: Final = 3
_BY_NIGHT: Final = 2
_BEFORE: Final = timedelta(hours=13)
"""So long before the real time our day begins, to end as long after it: Daraja takes no time stamp a day off."""
_QUEUE: Final = 1024


@attrs.frozen(kw_only=True)
class Aftermath:
    """What is left.

    Args:
        seed: From which the day was drawn.
        seconds: How long it took.
        truth: What really happened.
        books: What stands in the database.
        troubles: How often each came about.
        stumbles: What failed in a worker of itself, and how often.
    """

    seed: int
    seconds: float
    truth: Truth
    books: Books
    troubles: Mapping[str, int]
    stumbles: Mapping[str, int]


def unleash(database: str, folder: Path, *, payments: int, seed: int) -> Aftermath:
    """Let a shop sell while everything goes wrong, let a night pass, and see what is left.

    Args:
        database: The address of an empty PostgreSQL database.
        folder: Where workers may write what they complain of.
        payments: How many attempts there are.
        seed: Draws what goes wrong; when exactly, the machine decides.
    """
    began = time.monotonic()
    rng, stage = Random(seed), Stage()  # noqa: S311 - chance that can be repeated is what is wanted
    recipes = [draw(rng) for _ in range(payments)]
    engine = create_engine(database, hide_parameters=True)
    SqlStore(engine).create_schema()
    create_ledger(engine)
    scenarios = {phone_of(number): stage.scenario(recipe) for number, recipe in enumerate(recipes)}
    inbox: Inbox = SimpleQueue()
    witness = Witness(scenarios, lambda: inbox.put((None, "notified", "")))
    with socket.create_server(("127.0.0.1", 0), backlog=_QUEUE) as listener, LocalDaraja(engine=witness) as local:
        settings = _settings(local, listener, database)
        hire = partial(Worker, settings, folder / "workers.log")
        with Crew(hire, _BY_DAY, inbox) as day:
            sale = Sale(day, local, witness, payments, rng)
            sale.hold()
        with Crew(hire, _BY_NIGHT, SimpleQueue()) as night:
            reports = pass_the_night(night, partial(open_payments, engine))
    books = read_books(engine)
    engine.dispose()
    return Aftermath(
        seed=seed,
        seconds=time.monotonic() - began,
        truth=Truth(
            recipes=recipes,
            pushes=len(witness.stk.pushes),
            prompts=witness.by_number(),
            arrived=witness.arrived,
            told=sale.told,
            interrupted=sale.interrupted,
            reports=reports,
        ),
        books=books,
        troubles=_troubles(stage, witness, sale, day, night),
        stumbles=sale.stumbles,
    )


def _settings(local: LocalDaraja, listener: socket.socket, database: str) -> Settings:
    return Settings(
        base_url=local.base_url,
        shortcode=SANDBOX_SHORTCODE,
        passkey=SANDBOX_PASSKEY,
        callback_url=f"http://127.0.0.1:{listener.getsockname()[1]}/callback/",
        database=database,
        listener=listener.fileno(),
        day=(datetime.now(UTC) - _BEFORE).isoformat(),
        began=time.monotonic(),
    )


def _troubles(stage: Stage, witness: Witness, sale: Sale, *crews: Crew) -> Mapping[str, int]:
    kills = {f"killed {point}": sum(crew.killed[point] for crew in crews) for point in Point}
    return {
        **stage.hits,
        "callback: lost with its receiver": witness.lost,
        "callback: overtaken by that of a later payment": witness.overtaken,
        "attempt: repeated": sale.repeated,
        "attempt: interrupted by a kill": len(sale.interrupted),
        "all tokens revoked": sale.revocations,
        **kills,
    }
