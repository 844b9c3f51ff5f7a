"""Shops with payments that are due, and a run that is killed."""

from daraja.http.flow import Flow
from daraja.lifecycle.record import Account
from daraja.payments.model import Payment
from daraja.runtime.base import Runtime
from daraja.simulator import Engine
from daraja.simulator.products.stk.scenario import Scenario
from daraja.stores import MemoryStore
from tests.support.scripted import PASSKEY
from tests.support.shops import Shop, a_shop

__all__ = ["PHONES", "due", "killed", "shop_where", "started"]

PHONES = [f"2547123456{number:02}" for number in range(100)]


def shop_where(scenario: Scenario, store: MemoryStore | None = None, query_limit: int | None = None) -> Shop:
    scenarios = dict.fromkeys(PHONES, scenario)
    engine = Engine(shortcodes={"600111": PASSKEY}, scenarios=scenarios, query_limit=query_limit)
    return a_shop(engine=engine, store=store)


def started(shop: Shop, number: int) -> list[Payment]:
    """Start payments, and let time pass until all of them are due."""
    payments = [shop.start(phone=PHONES[place % 100], reference=f"ORD-{place}") for place in range(number)]
    shop.clock.advance(60)
    return payments


def due(shop: Shop) -> list[str]:
    return [payment.key for payment in shop.store.due(shop.clock.now(), 1000, Account.of(shop.config))]


def killed(flow: Flow[object], office: Runtime, after: int) -> bool:
    """Carry out so many effects, then end the process; whether there were that many."""
    answer: object = None
    try:
        for _ in range(after):
            answer = office.answer(flow.send(answer))
    except StopIteration:
        return False
    flow.close()
    return True
