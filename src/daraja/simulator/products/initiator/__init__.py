"""The common part of all products of an initiator: requests, acknowledgements, results and misbehaviours."""

from daraja.simulator.products.initiator.flow import Report, answer_question, move_money
from daraja.simulator.products.initiator.misbehaviours import magic_numbers, scenario_for
from daraja.simulator.products.initiator.request import InitiatorRequest, read_request
from daraja.simulator.products.initiator.scenario import Notice, ResultScenario

__all__ = [
    "InitiatorRequest",
    "Notice",
    "Report",
    "ResultScenario",
    "answer_question",
    "magic_numbers",
    "move_money",
    "read_request",
    "scenario_for",
]
