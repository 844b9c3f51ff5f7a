"""A local Daraja to develop and test against: no account, no network, no money."""

from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.errors import AnswerLost
from daraja.simulator.event_log import Event, EventKind
from daraja.simulator.ledger import Account, Band, Transaction
from daraja.simulator.local import LocalDaraja
from daraja.simulator.oauth import TokenIssuer
from daraja.simulator.operators import SANDBOX_INITIATOR, SANDBOX_PASSWORD, certificate
from daraja.simulator.phones import Answer
from daraja.simulator.products.base import SANDBOX_PASSKEY, SANDBOX_SHORTCODE
from daraja.simulator.products.c2b_misbehaviours import Confirmation, ConfirmationScenario
from daraja.simulator.products.initiator import Notice, ResultScenario
from daraja.simulator.products.stk import Callback, Decision, Prompt, Push, Scenario
from daraja.simulator.results import Result, result

__all__ = [
    "SANDBOX_INITIATOR",
    "SANDBOX_PASSKEY",
    "SANDBOX_PASSWORD",
    "SANDBOX_SHORTCODE",
    "Account",
    "Answer",
    "AnswerLost",
    "Band",
    "Callback",
    "Confirmation",
    "ConfirmationScenario",
    "Control",
    "Decision",
    "Engine",
    "Event",
    "EventKind",
    "LocalDaraja",
    "Notice",
    "Prompt",
    "Push",
    "Result",
    "ResultScenario",
    "Scenario",
    "TokenIssuer",
    "Transaction",
    "certificate",
    "result",
]
