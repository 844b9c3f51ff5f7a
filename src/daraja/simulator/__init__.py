"""A local Daraja to develop and test against: no account, no network, no money."""

from daraja.simulator.answers import Answer
from daraja.simulator.control import Control
from daraja.simulator.engine import Engine
from daraja.simulator.events import Event, EventKind
from daraja.simulator.local import LocalDaraja
from daraja.simulator.merchants import SANDBOX_PASSKEY, SANDBOX_SHORTCODE
from daraja.simulator.prompts import Prompt
from daraja.simulator.pushes import Decision, Push
from daraja.simulator.replies import AnswerLost
from daraja.simulator.results import Result, result
from daraja.simulator.scenarios import Callback, Scenario

__all__ = [
    "SANDBOX_PASSKEY",
    "SANDBOX_SHORTCODE",
    "Answer",
    "AnswerLost",
    "Callback",
    "Control",
    "Decision",
    "Engine",
    "Event",
    "EventKind",
    "LocalDaraja",
    "Prompt",
    "Push",
    "Result",
    "Scenario",
    "result",
]
