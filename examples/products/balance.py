"""Ask what our accounts hold. The answer comes as a result, moments later.

python examples/products/balance.py
"""

from daraja import Daraja, Initiator, parse_result
from daraja.http.messages import HttpRequest
from daraja.simulator import SANDBOX_INITIATOR, SANDBOX_PASSWORD, Engine, certificate
from daraja.testing import ManualClock, MountedDaraja, sample_config


def receive(callback: HttpRequest) -> None:
    """Do what the route at MPESA_RESULTS_URL does in a shop."""
    result = parse_result("balance", callback.body)
    print(f"{result.outcome}: {result.explanation.title}")
    for account, balance in result.balances.items():
        print(f"{account:32} {balance.currency} {balance.available:>14,.2f}")


clock = ManualClock()
local = MountedDaraja(Engine(), clock, deliver=receive)
initiator = Initiator.from_password(SANDBOX_INITIATOR, password=SANDBOX_PASSWORD, certificate=certificate())
daraja = Daraja(sample_config(initiator=initiator), transport=local, clock=clock)

accepted = daraja.account_balance()
print(f"Daraja has the question {accepted.conversation_id}")
local.advance(seconds=5)
