"""Account balance: the balances of an organisation's accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from daraja.api.stk.push import stk_timestamp
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.simulator.products.base import NO_VIEWS, MagicNumber, Route, Services
from daraja.simulator.products.initiator import Report, answer_question, magic_numbers, read_request, scenario_for
from daraja.simulator.products.initiator.request import check_identifier

_BLOCK: Final = "84"
_OF_PAYMENTS: Final = frozenset({"ANOTHER_AMOUNT", "MASKED_PARTY", "OLDER_KEYS"})
"""The misbehaviours that change fields which the answer to a balance query does not have."""


class AccountBalance:
    """The product account balance.

    Args:
        services: What it shares with the other products.
    """

    name: ClassVar[str] = "balance"
    title: ClassVar[str] = "account balance"
    magic_numbers: ClassVar[Sequence[MagicNumber]] = magic_numbers(
        _BLOCK, "990", "a balance query of this shortcode", without=_OF_PAYMENTS
    )

    def __init__(self, services: Services) -> None:
        self.routes: Final[Mapping[str, Route]] = {"/mpesa/accountbalance/v1/query": Route(self._query)}
        self.views: Final = NO_VIEWS
        self._services = services

    def _query(self, request: HttpRequest, now: datetime) -> HttpResponse:
        asked = read_request(
            request,
            self._services,
            now,
            product=self.name,
            needed=("IdentifierType",),
            commands=("AccountBalance",),
        )
        check_identifier(asked.fields, "IdentifierType", ("4", "2"))

        def answer(at: datetime) -> Report:
            balances = self._services.ledger.balances(asked.shortcode)
            accounts = (f"{account}|KES|{held:.2f}|{held:.2f}|0.00|0.00" for account, held in balances.items())
            parameters = {
                "ActionType": "CheckBalance",
                "AccountBalance": "&".join(accounts),
                "BOCompletedTime": int(stk_timestamp(at)),
            }
            return Report(parameters=parameters)

        return answer_question(self._services, asked, scenario_for(asked.shortcode, _BLOCK), answer)
