"""Standing orders (M-Pesa Ratiba): a customer agrees once, and pays on every due day."""

from typing import Final

import attrs

from daraja.api.callback_body import Body, fields_of, read_body, read_parameters, unwrap
from daraja.api.parameters import Parameters
from daraja.api.result import Envelope, Result, the_code
from daraja.errors import CallbackMalformed
from daraja.values.json_body import as_text
from daraja.values.phone import MaskedText

__all__ = ["StandingOrderResult", "open_standing_order"]

_DONE: Final = "0"
_ERROR: Final = "error"


@attrs.frozen
class StandingOrderResult(Result):
    """Whether the customer agreed to a standing order. No money has moved: each collection arrives by C2B."""

    @property
    def response_reference(self) -> str | None:
        """Daraja's id, the same as in the acknowledgement (``responseRefID``); None where it is absent."""
        return self.references.text("responserefid")

    @property
    def request_reference(self) -> str | None:
        """Daraja's id of the request (``requestRefID``); None where it is absent."""
        return self.references.text("requestrefid")

    @property
    def phone(self) -> str | None:
        """The customer's number, masked by Safaricom; None where it is absent."""
        text = self.parameters.text("msisdn")
        return None if text is None else MaskedText(text)


def open_standing_order(body: Body, /) -> Envelope:
    """Read the callback, whose code stands in a header and once more among its names and values.

    Raises:
        CallbackMalformed: If it has no code, or contradicts itself.
    """
    fields, path = unwrap(read_body(body))
    headers = fields.all("responseheader")
    header = fields_of(headers[0], path + "ResponseHeader.") if headers else Parameters()
    parameters = read_parameters(fields.all("responsebody"), path + "ResponseBody")
    codes = (*header.all("responsecode"), *parameters.all("responsecode"))
    both = Parameters(("code", as_text(code) or code) for code in codes)
    code = the_code(both, path + "ResponseHeader.responseCode", key="code")
    if code == _DONE and (parameters.text("status") or "").casefold() == _ERROR:
        raise CallbackMalformed(path + "ResponseBody.ResponseData.Status", "contradicts the code in the header")
    return Envelope(
        code,
        header.text("responsedescription") or "",
        is_final=True,
        fields=parameters,
        path=path,
        parameters=parameters,
        references=dict(header),
    )
