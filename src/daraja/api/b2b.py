"""B2B: payments from a business to a pay bill, a till, a bulk account, an account of its own or the tax authority."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from daraja.api.amounts import Balance, read_balances
from daraja.api.result import Result

__all__ = ["B2bResult"]


@attrs.frozen
class B2bResult(Result):
    """What became of a payment to a business or to the tax authority.

    There are two generations of it: one of them has no amount, so compare the amount only where there is one. No
    result names a receipt; a statement lists the payment under its ``transaction_id``.
    """

    @property
    def bill_reference(self) -> str | None:
        """The account reference of the request, or the PRN of a tax payment; None where the result does not say."""
        return self.references.text("billreferencenumber") or self.parameters.text("billreferencenumber")

    @property
    def balance_after(self) -> Decimal | None:
        """What the account that paid can spend after it, in KES; None where the result does not say."""
        return self.parameters.money(
            "initiatoraccountcurrentbalance", "debitaccountcurrentbalance", "debitaccountbalance"
        )

    @property
    def receiver_balances(self) -> Mapping[str, Balance]:
        """What the receiver's accounts hold, by name, after a transfer between accounts of our own; else empty."""
        return read_balances(self.parameters.all("creditaccountbalance", "creditpartyaffectedaccountbalance"))
