"""Transaction status: the status of any payment, in or out, by its receipt or by our own id."""

from datetime import datetime
from typing import ClassVar, Final

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.amounts import Charge, read_charges
from daraja.api.call import given
from daraja.api.initiator import Accepted, InitiatorRequest
from daraja.api.result import Result
from daraja.config import Config
from daraja.fields import Fault, raise_faults, values_of
from daraja.http.flow import Flow
from daraja.result_codes.base import Outcome
from daraja.values.secret import personal_id

_COMPLETED: Final = "completed"
_ENDED_UNPAID: Final = frozenset({"cancelled", "declined", "expired"})


@attrs.frozen
class StatusResult(Result):
    """The answer to a status query. The ids are those of the query; the properties tell of the payment.

    ``Outcome.ANSWERED`` only says that M-Pesa answered: look at ``is_completed``. An answer that is neither completed
    nor ended unpaid proves nothing in either direction. ``receipt``, ``amount``, ``receiver`` and ``completed_at`` are
    those of the payment that was asked about.
    """

    _outcome_when_done: ClassVar[Outcome] = Outcome.ANSWERED
    _receipt_parameter: ClassVar[str] = "receiptno"

    @property
    def transaction_status(self) -> str | None:
        """M-Pesa's word for it, for example ``Completed`` or ``Pending Authorized``; None if there is not one."""
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
        """When the payment began, in Nairobi's time; None if the answer does not say."""
        return self.parameters.time("initiatedtime")

    @property
    def reason(self) -> str | None:
        """The kind of payment, for example ``Pay Bill Online``; None if the answer does not say."""
        return self.parameters.text("reasontype")

    @property
    def debit_account(self) -> str | None:
        """The kind of account that paid, for example ``Utility Account``; None if the answer does not say."""
        return self.parameters.text("debitaccounttype")

    @property
    def receiver_charges(self) -> tuple[Charge, ...]:
        """The charges of the receiver; empty if the answer does not say."""
        return read_charges(self.parameters.all("creditpartycharges"))

    @property
    def asked_originator_conversation_id(self) -> str | None:
        """The originator conversation id of the payment that was asked about; None if the answer does not say."""
        text = self.parameters.text("originatorconversationid")
        return None if text is None else personal_id(text)

    @property
    def asked_conversation_id(self) -> str | None:
        """The conversation id of the payment that was asked about; None if the answer does not say."""
        return self.parameters.text("conversationid")

    @property
    def _status(self) -> str | None:
        return (self.transaction_status or "").strip().casefold() if self.outcome is Outcome.ANSWERED else None


@attrs.frozen(kw_only=True)
class TransactionStatus(InitiatorRequest):
    """A query for the status of a payment, in or out: give it to ``Daraja.run``. A query is harmless.

    Args:
        receipt: The receipt number of the payment.
        originator_conversation_id: The id of its request: your own for B2C and Pochi, else the one in ``Accepted``.
            One of the two is needed.
        remarks: 2 to 100 letters, digits, spaces and ``- _ . /``.
        occasion: 1 to 100 characters of the same kind.
        shortcode: The party of the payment, if not the payout shortcode of the settings.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, TransactionStatus.
    """

    receipt: str | None = attrs.field(default=None, converter=optional(fields.receipt))
    originator_conversation_id: str | None = attrs.field(default=None, converter=optional(fields.identifier))
    remarks: str = attrs.field(default="Status", converter=fields.remarks)
    occasion: str | None = attrs.field(default=None, converter=optional(fields.occasion))

    def __attrs_post_init__(self) -> None:
        nothing_to_ask_by = self.receipt is None and self.originator_conversation_id is None
        missing = (
            {"receipt": Fault("is missing; give it or the originator_conversation_id")} if nothing_to_ask_by else {}
        )
        raise_faults({**values_of(self), **missing})

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Query the status; see ``Daraja.transaction_status``."""
        # An empty TransactionID may be the parameter of which M-Pesa says that it is null: leave it out.
        own = {
            "CommandID": "TransactionStatusQuery",
            **given(TransactionID=self.receipt, OriginalConversationID=self.originator_conversation_id),
            **self._asking_party(config),
            **given(Occasion=self.occasion),
        }
        return self._call(config, "/mpesa/transactionstatus/v1/query", own, repeatable=True)
