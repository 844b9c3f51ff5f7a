"""The result that Safaricom posts to a ResultURL: one envelope for all products with an initiator."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Final, Self

import attrs

from daraja.api.amounts import Balance, Charge, read_balances, read_charges, read_money
from daraja.api.parameters import Parameters, text_of
from daraja.api.unwrap import read_parameters, unwrap
from daraja.errors import CallbackMalformed
from daraja.http.json_body import Body, as_text, read_body
from daraja.result_codes.base import Explanation, Outcome
from daraja.result_codes.lookup import explain, still_processing
from daraja.values.party import Party
from daraja.values.secret import mask_numbers, personal_id

_IDS: Final = ("conversationid", "originatorconversationid", "transactionid", "requestid")
_SPELLED: Final = {
    "conversationid": "ConversationID",
    "originatorconversationid": "OriginatorConversationID",
    "transactionid": "TransactionID",
    "transactionreceipt": "ResultParameters.TransactionReceipt",
    "receiptno": "ResultParameters.ReceiptNo",
}
"""Where a name stands and how Daraja spells it, for errors."""
_DONE: Final = "0"
_MORE_WILL_FOLLOW: Final = "1"
_PLACEHOLDER: Final = re.compile(r"[A-Z0-9]{2,3}0{6,}|0+", re.IGNORECASE)
"""The TransactionID of a request that moved nothing: ``OAK0000000``, or zeros only."""

_INTERNAL: Final = "queuetimeouturl"
"""An address of Safaricom's own in its network, which is of no use to anybody else."""
_AMOUNT: Final = ("transactionamount", "amount")
_RECEIVER: Final = ("receiverpartypublicname", "creditpartypublicname", "creditpartyname")
_SENDER: Final = ("debitpartypublicname", "debitpartyname")
_BALANCES: Final = ("accountbalance", "debitpartyaffectedaccountbalance", "debitaccountbalance")
_CHARGES: Final = ("debitpartycharges", "charge", "charges")
_COMPLETED: Final = (
    "transactioncompleteddatetime",
    "transcompletedtime",
    "transactioncompletedtime",
    "finalisedtime",
    "bocompletedtime",
)


@attrs.define
class Envelope:
    """A result before its product is known.

    Args:
        code: The result code as text, exactly as it came.
        description: Safaricom's words.
        is_final: False if ResultType says that more will follow.
        fields: Everything in it.
        path: Where it stands in the body, for errors.
        parameters: What the result says in names and values.
        references: What it says about the request, as it came.
    """

    code: str
    description: str
    is_final: bool
    fields: Parameters
    path: str
    parameters: Parameters
    references: object

    def id(self, key: str) -> str | None:
        """Give an id by its folded name; None if it is absent.

        Raises:
            CallbackMalformed: If it is neither text nor a whole number, or stands there twice.
        """
        return _one_text(self.fields, key, self.path)

    def receipt(self, key: str) -> str | None:
        """Give the receipt in the parameter of this folded name; None if it is absent.

        Raises:
            CallbackMalformed: As for an id.
        """
        return known_id(_one_text(self.parameters, key, self.path))

    def amount(self, *, must_be_read: bool) -> Decimal | None:
        """Give the amount; None if it is absent.

        Raises:
            CallbackMalformed: If it must be read and cannot be, or stands there twice.
        """
        amount, fault = None, "is not an amount"
        try:
            value = self.parameters.only(*_AMOUNT)
            amount = read_money(value)
            if value is None or (amount is not None and not amount.is_signed()):
                return amount
            if isinstance(value, str) and not value.strip():
                return None
        except ValueError as error:
            fault = str(error)
        if must_be_read:
            raise CallbackMalformed(self.path + "ResultParameters.Amount", fault)
        return None


def open_envelope(body: Body, /) -> Envelope:
    """Read the fields that all results have.

    Raises:
        CallbackMalformed: If it is no result; ``path`` names the field.
    """
    fields, path = unwrap(read_body(body))
    code = the_code(fields, path + "ResultCode")
    if not path and not fields.all(*_IDS):
        raise CallbackMalformed("ConversationID", "is missing, so this is no result")
    parameters = fields.first("resultparameters") or fields.first("resultparameter")
    return Envelope(
        code,
        fields.text("resultdesc") or "",
        as_text(fields.first("resulttype")) != _MORE_WILL_FOLLOW,
        fields,
        path,
        read_parameters(parameters, path + "ResultParameters"),
        fields.first("referencedata"),
    )


def the_code(fields: Parameters, path: str, /, key: str = "resultcode") -> str:
    """Give the code that decides, exactly as it came.

    Raises:
        CallbackMalformed: If it is missing, is neither a whole number nor text, or stands there twice.
    """
    try:
        code = fields.only(key)
        text = as_text(code)
        if text is not None:
            return text
        fault = "is missing" if code is None else "is neither a whole number nor text"
    except ValueError as error:
        fault = str(error)
    raise CallbackMalformed(path, fault)


def known_id(text: str | None, /) -> str | None:
    """Return an id of a transaction; None for an id of zeros, which means that nothing happened."""
    return None if text is None or (text[-1] == "0" and _PLACEHOLDER.fullmatch(text)) else text


def masked_id(text: str | None, /) -> str:
    """Show an id in a repr, masked if it can hold a customer's number."""
    return "None" if text is None else repr(personal_id(text))


def _masked(value: object) -> str:
    return mask_numbers(repr(value))


@attrs.frozen
class Result:
    """Safaricom's report of one request. It carries no signature, so check it against the request.

    Args:
        product: The product, for ``daraja.explain``.
        outcome: What became of the request. ``Outcome.ANSWERED`` only says that a question was answered.
        result_code: Safaricom's code, for ``daraja.explain(result.product, code)``.
        result_description: Safaricom's words; decide by the outcome, not by them.
        originator_conversation_id: The id of the request that B2C and Pochi let you choose, else one of Daraja's;
            Daraja may send its own here all the same. None if it is absent.
        conversation_id: Daraja's id of the request, the same as in the acknowledgement; None if it is absent.
        transaction_id: M-Pesa's id of what it did. Failures have one too, so it proves nothing and is no receipt. None
            if it is absent or has only zeros.
        receipt: The receipt number of money that moved; None unless it did, and if the product names none.
        amount: How much moved, or was to move, in KES; None if the result does not say.
        parameters: Everything by its name as it came; hidden in reprs.
        reference_data: What it says about the request, as it came; read it through ``references``.
    """

    _outcome_when_done: ClassVar[Outcome] = Outcome.PAID
    _receipt_parameter: ClassVar[str] = "transactionreceipt"

    product: str
    outcome: Outcome
    result_code: str = attrs.field(repr=_masked)
    result_description: str = attrs.field(repr=_masked)
    originator_conversation_id: str | None = attrs.field(repr=masked_id)
    conversation_id: str | None = attrs.field(repr=masked_id)
    transaction_id: str | None = attrs.field(repr=masked_id)
    receipt: str | None = attrs.field(repr=masked_id)
    amount: Decimal | None = attrs.field(repr=_masked)
    parameters: Parameters = attrs.field(repr=False, hash=False)
    _reference_data: object = attrs.field(repr=False, hash=False)

    @classmethod
    def of(cls, envelope: Envelope, product: str, /) -> Self:
        """Read the result of a product from its envelope.

        Args:
            envelope: The result.
            product: The product that its address belongs to.

        Raises:
            CallbackMalformed: If money moved and its amount or receipt cannot be read.
        """
        is_done = envelope.is_final and envelope.code == _DONE
        if is_done:
            outcome = cls._outcome_when_done
        elif envelope.is_final:
            outcome = explain(product, envelope.code, envelope.description).outcome
        else:
            outcome = Outcome.PROCESSING
        return cls(
            product,
            outcome,
            envelope.code,
            envelope.description,
            envelope.id("originatorconversationid"),
            envelope.id("conversationid"),
            known_id(envelope.id("transactionid")),
            envelope.receipt(cls._receipt_parameter) if is_done else None,
            envelope.amount(must_be_read=is_done),
            envelope.parameters,
            envelope.references,
        )

    @property
    def explanation(self) -> Explanation:
        """Its meaning for the customer, the merchant and the developer."""
        found = explain(self.product, self.result_code, self.result_description)
        if self.outcome is Outcome.PROCESSING and found.outcome is not Outcome.PROCESSING:
            return still_processing(self.product, self.result_code)
        return found

    @property
    def completed_at(self) -> datetime | None:
        """When it ended, in Nairobi's time; None if the result does not say."""
        return self.parameters.time(*_COMPLETED)

    @property
    def receiver(self) -> Party | None:
        """Who was paid; None if the result does not say."""
        # If the result has the debit party twice, the second one is the credit party.
        return self.parameters.party(*_RECEIVER) or self.parameters.party("debitpartyname", which=1)

    @property
    def sender(self) -> Party | None:
        """Who paid; None if the result does not say."""
        return self.parameters.party(*_SENDER)

    @property
    def balances(self) -> Mapping[str, Balance]:
        """The balances of our accounts after it, by the name of the account; empty if the result does not say."""
        return read_balances(self.parameters.all(*_BALANCES))

    @property
    def charges(self) -> tuple[Charge, ...]:
        """The charges of the party that paid; empty if the result does not say."""
        return read_charges(self.parameters.all(*_CHARGES))

    @property
    def references(self) -> Parameters:
        """The fields of the request that the result repeats, for example ``BillReferenceNumber`` or ``Occasion``."""
        try:
            return read_parameters(self._reference_data, "ReferenceData").without(_INTERNAL)
        except (CallbackMalformed, RecursionError):
            return Parameters()


def _one_text(parameters: Parameters, key: str, path: str) -> str | None:
    try:
        value = parameters.only(key)
        text = text_of(value)
        if text is not None or value is None or isinstance(value, str):
            return text
        fault = "is neither a whole number nor text"
    except ValueError as error:
        fault = str(error)
    raise CallbackMalformed(path + _SPELLED.get(key, key), fault)
