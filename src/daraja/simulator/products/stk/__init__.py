"""STK push (M-Pesa Express): Daraja prompts a phone for a PIN, and later reports whether it was paid."""

from daraja.simulator.products.stk.callback_payload import CallbackPayload
from daraja.simulator.products.stk.product import Prompt, Stk
from daraja.simulator.products.stk.push import Decision, Push
from daraja.simulator.products.stk.scenario import Callback, Scenario

__all__ = ["Callback", "CallbackPayload", "Decision", "Prompt", "Push", "Scenario", "Stk"]
