"""STK push: a prompt on a customer's phone that asks for money."""

from datetime import datetime
from decimal import Decimal
from functools import partial

import attrs

from daraja.api.stk.password import stk_signature
from daraja.config import Config, Till
from daraja.config.callback_url import check_callback_url
from daraja.errors import InvalidInput, OutcomeUnknown
from daraja.http.access_token import authorised
from daraja.http.error_response import Refusal, read_object, refusal_in
from daraja.http.flow import Flow
from daraja.http.messages import HttpRequest, HttpResponse, post_json
from daraja.http.retry import refuse
from daraja.validation import Faults
from daraja.values.json_body import as_text
from daraja.values.money import MAX_AMOUNT, whole_shillings
from daraja.values.phone import Personal, hide, mask_numbers, normalise_phone, type_name
from daraja.values.reference import check_description, check_reference
from daraja.values.secret import Secret

__all__ = ["StkPush", "StkPushResponse", "conceal"]


@attrs.frozen(kw_only=True)
class StkPushResponse:
    """Daraja has accepted the request and will prompt the customer; nothing is paid yet.

    Args:
        merchant_request_id: Daraja's id of the request, safe to log.
        checkout_request_id: Daraja's id of the payment, to query it and to match its callback. It can end in the
            customer's number, so it is masked in reprs: log the merchant request id instead.
        customer_message: What Safaricom suggests to tell the customer.
        description: Daraja's own words about the acceptance.
    """

    merchant_request_id: str
    checkout_request_id: str
    customer_message: str = attrs.field(repr=mask_numbers)
    description: str = attrs.field(repr=mask_numbers)


@attrs.frozen(init=False, kw_only=True)
class StkPush:
    """A request for money, checked: give it to ``Daraja.run``, which never sends it twice by itself.

    >>> StkPush(phone="0712 345 678", amount=500, reference="ORD-2025-001")
    StkPush(phone='2547*****678', amount=500, reference='ORD-2025-001', description='Payment')

    Args:
        phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
        reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
        description: 1 to 13 characters of the same kind.
        callback_url: Where to report this payment, if not to the configured address; hidden in the repr.
        config: The settings to check amount and address against; without them Safaricom's own limits count. ``flow``
            checks against its settings in any case.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, MpesaExpressSimulate.
    """

    phone: str
    amount: int
    reference: str
    description: str
    callback_url: Secret | None = attrs.field(repr=False)

    def __init__(  # noqa: PLR0913 - a keyword for each thing that a push can have
        self,
        *,
        phone: str,
        amount: int | Decimal,
        reference: str,
        description: str = "Payment",
        callback_url: str | Secret | None = None,
        config: Config | None = None,
    ) -> None:
        faults = Faults()
        address = faults.check("callback_url", partial(_check_address, config=config), callback_url)
        callback_url = None
        phone = faults.check("phone", normalise_phone, phone)
        maximum = MAX_AMOUNT if config is None else config.max_amount
        amount = faults.check("amount", partial(whole_shillings, maximum=maximum), amount)
        reference = faults.check("reference", check_reference, reference)
        description = faults.check("description", check_description, description)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
            phone=phone, amount=amount, reference=reference, description=description, callback_url=address
        )
        faults.settle(InvalidInput)

    def reporting_to(self, address: Secret, /) -> "StkPush":
        """Give the same push with another address for its callback, which ``flow`` checks.

        Args:
            address: Where Safaricom shall report this payment.
        """
        push = object.__new__(StkPush)
        push.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue] - attrs makes it
            phone=self.phone,
            amount=self.amount,
            reference=self.reference,
            description=self.description,
            callback_url=address,
        )
        return push

    def flow(self, config: Config, /) -> Flow[StkPushResponse]:
        """Ask Daraja to prompt the customer.

        Args:
            config: Who is paid, and in which Daraja.

        Raises:
            InvalidInput: If the settings do not allow the amount or the address: nothing was sent.
            NotSent: If nothing left this machine: it is safe to ask again.
            OutcomeUnknown: If a prompt may be on the phone: wait for the callback, do not ask again.
            ApiError: If Daraja refused: nobody was asked for money.
            UnexpectedResponse: If no access token could be read: nobody was asked for money.
        """
        self._check_against(config)
        response = yield from authorised(self._request, config, repeatable=False)
        answer = _read(response)
        if isinstance(answer, StkPushResponse):
            return answer
        if isinstance(answer, Refusal):
            raise (yield from refuse(answer, response, repeatable=False))
        raise answer

    def _check_against(self, config: Config) -> None:
        faults = Faults()
        faults.check("amount", partial(whole_shillings, maximum=config.max_amount), self.amount)
        faults.check("callback_url", partial(_check_address, config=config), self.callback_url)
        faults.settle(InvalidInput)

    def _request(self, config: Config, now: datetime) -> HttpRequest:
        business = config.business
        # For a till Daraja wants the store number as BusinessShortCode and the till in PartyB (FAQ, question 10).
        if isinstance(business, Till):
            transaction_type, receiver = "CustomerBuyGoodsOnline", business.till
        else:
            transaction_type, receiver = "CustomerPayBillOnline", business.shortcode
        return post_json(
            f"{config.environment.base_url}/mpesa/stkpush/v1/processrequest",
            {
                "BusinessShortCode": business.shortcode,
                **stk_signature(business.shortcode, business.passkey, now),
                "TransactionType": transaction_type,
                "Amount": self.amount,
                "PartyA": self.phone,
                "PartyB": receiver,
                "PhoneNumber": self.phone,
                "CallBackURL": self.callback_url.reveal() if self.callback_url else config.callback_url,
                "AccountReference": self.reference,
                "TransactionDesc": self.description,
            },
        )


def conceal(address: str | Secret | None) -> str | Secret | None:
    """Give an address that no traceback shows; what is none stays for the check to name."""
    return Secret(address) if isinstance(address, str | Secret) else hide(address)


def _check_address(address: str | Secret | None, config: Config | None) -> Secret | None:
    if address is None:
        return None
    if not isinstance(address, str | Secret):
        message = f"an address is text, not {type_name(address)}"
        address = None
        raise ValueError(message)
    secret = Secret(address)
    address = secret
    if config is not None and not _is_below(secret.reveal(), config.callback_url):
        check_callback_url(secret.reveal(), config.environment)
    return secret


def _is_below(address: str, configured: str) -> bool:
    """Tell whether *address* is the configured one and more path, so that it was checked with the settings."""
    stem = configured.partition("?")[0].rstrip("/") + "/"
    return address.startswith(stem) and address.isascii() and address.isprintable() and " " not in address


def _read(response: HttpResponse) -> StkPushResponse | Refusal | OutcomeUnknown:
    """Count an answer as accepted only with ResponseCode 0 and an id to ask after."""
    fields = read_object(response.body) or {}
    refusal = refusal_in(response, fields or None)
    if refusal is not None:
        return refusal
    code, merchant_request_id, checkout_request_id, message, description = (
        as_text(fields.get(name))
        for name in ("ResponseCode", "MerchantRequestID", "CheckoutRequestID", "CustomerMessage", "ResponseDescription")
    )
    if code is None or checkout_request_id is None:
        return OutcomeUnknown("its answer has no ResponseCode or no CheckoutRequestID")
    return StkPushResponse(
        merchant_request_id=merchant_request_id or "",
        checkout_request_id=Personal(checkout_request_id),
        customer_message=message or "",
        description=description or "",
    )
