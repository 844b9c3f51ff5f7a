"""Transaction status: what became of any payment in or out, by its receipt or by our own id."""

from datetime import datetime
from typing import ClassVar, Final

import attrs

from daraja.api.amounts import Charge, read_charges
from daraja.api.result import Result
from daraja.result_codes.base import Outcome
from daraja.values.phone import personal_id

__all__ = ["StatusResult"]

_COMPLETED: Final = "completed"
_ENDED_UNPAID: Final = frozenset({"cancelled", "declined", "expired"})


@attrs.frozen
class StatusResult(Result):
    """The answer to a status query. The ids are those of the query; what it was about stands in the properties.

    ``Outcome.ANSWERED`` only says that M-Pesa answered: look at ``is_completed``. An answer that is neither completed
    nor ended unpaid proves nothing in either direction. ``receipt``, ``amount``, ``receiver`` and ``completed_at`` are
    those of the payment that was asked about.
    """

    _outcome_when_done: ClassVar[Outcome] = Outcome.ANSWERED
    _receipt_parameter: ClassVar[str] = "receiptno"

    @property
    def transaction_status(self) -> str | None:
        """M-Pesa's word for it, for example ``Completed`` or ``Pending Authorized``; None where there is not one."""
        words = {str(value) for value in self.parameters.all("transactionstatus")}
        return words.pop() if len(words) == 1 else None

    @property
    def is_completed(self) -> bool:
        """Whether the payment that was asked about was made."""
        return self._status == _COMPLETED

    @property
    def ended_unpaid(self) -> bool:
        """Whether the payment that was asked about was cancelled, was declined or expired."""
        return self._status in _ENDED_UNPAID

    @property
    def initiated_at(self) -> datetime | None:
        """When the payment began, in Nairobi's time; None where the answer does not say."""
        return self.parameters.time("initiatedtime")

    @property
    def reason(self) -> str | None:
        """What kind of payment it was, for example ``Pay Bill Online``; None where the answer does not say."""
        return self.parameters.text("reasontype")

    @property
    def debit_account(self) -> str | None:
        """The kind of account that paid, for example ``Utility Account``; None where the answer does not say."""
        return self.parameters.text("debitaccounttype")

    @property
    def receiver_charges(self) -> tuple[Charge, ...]:
        """What M-Pesa took from the receiver; empty where the answer does not say."""
        return read_charges(self.parameters.all("creditpartycharges"))

    @property
    def asked_originator_conversation_id(self) -> str | None:
        """The originator conversation id of the payment that was asked about; None where the answer does not say."""
        text = self.parameters.text("originatorconversationid")
        return None if text is None else personal_id(text)

    @property
    def asked_conversation_id(self) -> str | None:
        """The conversation id of the payment that was asked about; None where the answer does not say."""
        return self.parameters.text("conversationid")

    @property
    def _status(self) -> str | None:
        return (self.transaction_status or "").strip().casefold() if self.outcome is Outcome.ANSWERED else None
