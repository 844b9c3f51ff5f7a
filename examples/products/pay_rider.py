"""Pay a rider, once: a second call with the same key sends nothing.

python examples/products/pay_rider.py [PHONE]      254700002040 is a phone without M-Pesa
"""

import sys

from daraja import Caps, Daraja, Initiator, Payouts
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Engine, certificate
from daraja.stores import MemoryPayoutStore
from daraja.testing import ManualClock, MountedDaraja, sample_config


def receive(callback: HttpRequest) -> None:
    """Do what the route at MPESA_RESULTS_URL does in a shop."""
    payouts.receive(callback.body, token=callback.url)


clock = ManualClock()
local = MountedDaraja(Engine(), clock, deliver=receive)
initiator = Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())
daraja = Daraja(sample_config(initiator=initiator), transport=local, clock=clock)
caps = Caps(per_payout=20_000, per_day=100_000, per_recipient_day=20_000)
payouts = Payouts(daraja, MemoryPayoutStore(), caps=caps)

phone = sys.argv[1] if sys.argv[1:] else "254722000111"
payout = payouts.pay(phone=phone, amount=500, idempotency_key="rider 17, 30 November", remarks="Deliveries")
print(f"{payout.status}: Daraja has the request, and nothing is paid yet")

local.advance(seconds=5)
payout = payouts.payout(payout.key)
print(f"{payout.status}: receipt {payout.receipt}")
again = payouts.may_pay_again(payout.key)
print(f"May the rider be paid again? {'yes' if again else f'no, {again.reason}'}")
