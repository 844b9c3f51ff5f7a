"""B2B Express: a prompt on the phone of a till's operator, who pays us from the till."""

from typing import Final, Self

import attrs

from daraja import fields
from daraja.api.addresses import address_faults, address_for, missing_address
from daraja.api.call import PromptAccepted, call
from daraja.api.result import Envelope, Result
from daraja.config import Config
from daraja.config.checks import raise_setting_faults
from daraja.errors import CallbackMalformed
from daraja.fields import Checked, raise_faults, value_or_fault
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Fields, as_text
from daraja.result_codes.base import Outcome
from daraja.values.prompt import whole_shillings
from daraja.values.secret import Secret, personal_id

_NOT_PAID: Final = frozenset({"cancelled", "declined", "error", "failed", "failure"})


_USSD_TROUBLE: Final = frozenset({"4201", "4203"})

TILL_PROMPTED: Final = SuccessSign(
    frozenset({"0"}),
    lambda code: ErrorKind.AMBIGUOUS if code in _USSD_TROUBLE else ErrorKind.NOT_PROMPTED,
    ("code",),
    message="status",
)
"""There is nothing else in the answer but words."""


@attrs.frozen
class ExpressResult(Result):
    """The result of a prompt to a till. Its callback is flat, so ``parameters`` has all of its fields."""

    @classmethod
    def of(cls, envelope: Envelope, product: str, /) -> Self:
        """Read the callback.

        Args:
            envelope: The result.
            product: The product that its address belongs to.

        Raises:
            CallbackMalformed: If its code and its status contradict each other, or its amount cannot be read.
        """
        flat = attrs.evolve(envelope, parameters=envelope.fields)
        result = super().of(flat, product)
        if result.outcome is Outcome.PAID and (result.status or "").casefold() in _NOT_PAID:
            raise CallbackMalformed(envelope.path + "status", "contradicts the result code")
        return result

    @property
    def request_id(self) -> str | None:
        """The RequestRefID of our request; None if it is absent."""
        text = self.parameters.text("requestid", "requestrefid")
        return None if text is None else personal_id(text)

    @property
    def payment_reference(self) -> str | None:
        """The payment reference of our request, which only a cancelled one repeats; None if it is absent."""
        return self.parameters.text("paymentreference", "paymentref")

    @property
    def status(self) -> str | None:
        """``SUCCESS`` where it was paid; None if it is absent."""
        return self.parameters.text("status")


@attrs.frozen(kw_only=True)
class B2bExpress(Checked):
    """A prompt to the operator of a till, who pays us from it; ``Daraja.run`` never sends it twice by itself.

    Only the till's nominated number gets the prompt. There is no query, so wait for the result.

    Args:
        till: The till that is asked to pay, five to seven digits as text.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
        reference: The purpose: 1 to 12 letters, digits, spaces and ``- _ . /``.
        partner: Your name as the operator sees it, 1 to 100 characters.
        request_id: Your own id of this request, new for each one: 1 to 38 letters, digits, ``-`` and ``_``.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, B2BExpressCheckout.
    """

    till: str = attrs.field(converter=fields.shortcode)
    amount: int = attrs.field(converter=fields.amount)
    reference: str = attrs.field(converter=fields.reference)
    partner: str = attrs.field(converter=fields.name)
    request_id: str = attrs.field(converter=fields.conversation_id)
    result_url: Secret | None = attrs.field(default=None, converter=fields.hidden_url, repr=False)

    def flow(self, config: Config, /) -> Flow[PromptAccepted]:
        """Ask Daraja to prompt the operator; see ``Daraja.b2b_express``."""
        raise_setting_faults(missing_address(config, result_url=self.result_url))
        raise_faults(
            {
                **address_faults(config, result_url=self.result_url),
                "amount": value_or_fault(whole_shillings, self.amount, maximum=config.max_amount),
            }
        )
        content = {
            "primaryShortCode": self.till,
            "receiverShortCode": config.business.shortcode,
            "amount": str(self.amount),
            "paymentRef": self.reference,
            "callbackUrl": address_for(config, self.result_url, "result"),
            "partnerName": self.partner,
            "RequestRefID": self.request_id,
        }
        return call(config, "/v1/ussdpush/get-msisdn", content, sign=TILL_PROMPTED, read=self._read, repeatable=False)

    def _read(self, answer: Fields) -> PromptAccepted:
        """Read the answer, which has words, but no id."""
        return PromptAccepted(reference=self.request_id, description=as_text(answer.get("status")) or "")
