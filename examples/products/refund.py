"""Take a payment, then send it back by reversal, once.

python examples/products/refund.py
"""

from daraja import Caps, Checkout, Daraja, Initiator, Payouts
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Engine, certificate
from daraja.stores import MemoryPayoutStore, MemoryStore
from daraja.testing import ManualClock, MountedDaraja, sample_config

RESULTS = "https://shop.example/results/"


def receive(callback: HttpRequest) -> None:
    """Do what the two routes of a shop do."""
    shop = payouts if callback.url.startswith(RESULTS) else checkout
    shop.receive(callback.body, token=callback.url)


clock = ManualClock()
local = MountedDaraja(Engine(), clock, deliver=receive)
initiator = Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())
daraja = Daraja(sample_config(initiator=initiator, results_url=RESULTS), transport=local, clock=clock)
checkout = Checkout(daraja, MemoryStore())
caps = Caps(per_payout=20_000, per_day=100_000, per_recipient_day=20_000)
payouts = Payouts(daraja, MemoryPayoutStore(), caps=caps)

payment = checkout.charge(order="ORD-17", phone="254700000000", amount=700)
local.advance(seconds=5)
payment = checkout.payment(payment.key)
print(f"The customer paid: {payment.status}, receipt {payment.receipt}")

refund = payouts.refund(payment, reason="The shirt has a hole", by="Achieng")
local.advance(seconds=5)
print(f"The refund: {payouts.payout(refund.key).status}")
print(f"Asked again, it is the same: {payouts.refund(payment, reason='again', by='Otieno').key == refund.key}")
