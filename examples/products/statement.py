"""Read an account statement, and compare it with what the shop knows.

python examples/products/statement.py [FILE]      csv, xls or xlsx from the organisation portal
"""

import sys

from daraja import Checkout, Daraja, read_statement
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_SHORTCODE, Engine
from daraja.stores import MemoryStore
from daraja.testing import ManualClock, MountedDaraja, sample_config


def receive(callback: HttpRequest) -> None:
    """Do what the callback route of a shop does."""
    checkout.receive(callback.body, token=callback.url)


clock = ManualClock()
local = MountedDaraja(Engine(), clock, deliver=receive)
checkout = Checkout(Daraja(sample_config(), transport=local, clock=clock), MemoryStore())
for number in range(1, 4):
    checkout.charge(order=f"ORD-{number}", phone="254700000000", amount=100 * number)
    local.advance(seconds=60)

content = local.statement(SANDBOX_SHORTCODE).encode()
statement = read_statement(sys.argv[1] if sys.argv[1:] else content)
for row in statement.received:
    payment = checkout.store.find("receipt", row.receipt, "simulator")
    order = "in no order of ours" if payment is None else f"order {payment.order}"
    print(f"{row.completed_at:%d.%m.%Y %H:%M}  {row.receipt}  KES {row.paid_in:>9,.2f}  {order}")
print(f"The balances follow from each other in {len(statement.rows)} rows.")
