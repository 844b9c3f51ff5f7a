"""STK push: a prompt on a customer's phone that asks for money."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import cast

import attrs

from daraja import fields
from daraja.config import Config, Till
from daraja.config.callback_url import check_callback_url
from daraja.config.checks import raise_setting_faults
from daraja.errors import OutcomeUnknown
from daraja.fields import Checked, Fault, raise_faults, value_or_fault
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import Refusal, refusal_in
from daraja.http.exchange import authorised, refuse
from daraja.http.flow import Flow
from daraja.http.json_body import as_text, post_json, read_object
from daraja.http.messages import HttpRequest, HttpResponse
from daraja.values.nairobi_time import EAT
from daraja.values.prompt import whole_shillings
from daraja.values.secret import MaskedText, Secret, hide_locals, mask_numbers


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


@attrs.frozen(kw_only=True)
class StkPush(Checked):
    """A request for money, checked: give it to ``Daraja.run``, which never sends it twice by itself.

    >>> StkPush(phone="0712 345 678", amount=500, reference="ORD-2025-001")
    StkPush(phone='2547*****678', amount=500, reference='ORD-2025-001', description='Payment')

    Args:
        phone: The phone that gets the prompt, a Kenyan mobile number in any usual form.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000), which ``flow``
            checks.
        reference: The account reference that the customer sees: 1 to 12 letters, digits, spaces and ``- _ . /``.
        description: 1 to 13 characters of the same kind.
        callback_url: Where to report this payment, if not to the configured address; hidden in the repr, and checked by
            ``flow``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, MpesaExpressSimulate.
    """

    phone: str = attrs.field(converter=fields.phone)
    amount: int = attrs.field(converter=fields.amount)
    reference: str = attrs.field(converter=fields.reference)
    description: str = attrs.field(default="Payment", converter=fields.description)
    callback_url: Secret | None = attrs.field(default=None, converter=fields.hidden_url, repr=False)

    def check(self, config: Config, /) -> None:
        """Check the amount and the address against the settings; ``flow`` does the same before it sends anything.

        Args:
            config: Who is paid, and in which Daraja.

        Raises:
            InvalidInput: If they do not; all faults are named at once. Nothing was sent.
            ConfigurationError: If there is no passkey, without which Daraja asks no phone for money.
        """
        passkey_of(config)
        raise_faults(
            {
                "amount": value_or_fault(whole_shillings, self.amount, maximum=config.max_amount),
                "callback_url": value_or_fault(_check_address, self.callback_url, config),
            }
        )

    def flow(self, config: Config, /, *, callback_url: Secret | None = None) -> Flow[StkPushResponse]:
        """Ask Daraja to prompt the customer.

        Args:
            config: Who is paid, and in which Daraja.
            callback_url: Where to report this payment, if not to the push's own address: one below the configured
                address, which was checked with the settings.

        Raises:
            InvalidInput: If the settings do not allow the amount or the address, or have no passkey: nothing was sent.
            NotSent: If nothing was sent: a new attempt is safe.
            OutcomeUnknown: If a prompt may be on the phone: wait for the callback, do not ask again.
            ApiError: If Daraja refused: nobody was asked for money.
            UnexpectedResponse: If no access token could be read: nobody was asked for money.
        """
        self.check(config)
        build = partial(self._request, callback_url=callback_url or self.callback_url)
        response = yield from authorised(build, config, repeatable=False)
        answer = _read(response)
        if isinstance(answer, StkPushResponse):
            return answer
        if isinstance(answer, Refusal):
            raise (yield from refuse(answer, response, repeatable=False))
        raise answer

    def _request(self, config: Config, now: datetime, *, callback_url: Secret | None) -> HttpRequest:
        business = config.business
        # For a till Daraja wants the store number as BusinessShortCode and the till in PartyB (FAQ, question 10).
        if isinstance(business, Till):
            transaction_type, receiver = "CustomerBuyGoodsOnline", business.till
        else:
            transaction_type, receiver = "CustomerPayBillOnline", business.shortcode
        return post_json(
            f"{config.environment.base_url}/mpesa/stkpush/v1/processrequest",
            {
                **stk_signature(config, now),
                "TransactionType": transaction_type,
                "Amount": self.amount,
                "PartyA": self.phone,
                "PartyB": receiver,
                "PhoneNumber": self.phone,
                "CallBackURL": callback_url.reveal() if callback_url else config.callback_url,
                "AccountReference": self.reference,
                "TransactionDesc": self.description,
            },
        )


def _check_address(address: Secret | None, config: Config) -> None:
    if address is not None and not _is_below(address.reveal(), config.callback_url):
        check_callback_url(address.reveal(), config.environment)


def _is_below(address: str, configured: str) -> bool:
    """Return whether *address* is the configured address with more path, which was checked with the settings."""
    stem = configured.partition("?")[0].rstrip("/") + "/"
    return address.startswith(stem) and address.isascii() and address.isprintable() and " " not in address


def _read(response: HttpResponse) -> StkPushResponse | Refusal | OutcomeUnknown:
    """Count an answer as accepted only with ResponseCode 0 and an id to ask after."""
    body = read_object(response.body) or {}
    refusal = refusal_in(response, body or None)
    if refusal is not None and refusal.kind is ErrorKind.DUPLICATE:
        # A push has no id that could be a duplicate, so this proves nothing.
        return attrs.evolve(refusal, kind=ErrorKind.AMBIGUOUS)
    if refusal is not None:
        return refusal
    code, merchant_request_id, checkout_request_id, message, description = (
        as_text(body.get(name))
        for name in ("ResponseCode", "MerchantRequestID", "CheckoutRequestID", "CustomerMessage", "ResponseDescription")
    )
    if code is None or checkout_request_id is None:
        return OutcomeUnknown("its answer has no ResponseCode or no CheckoutRequestID")
    return StkPushResponse(
        merchant_request_id=merchant_request_id or "",
        checkout_request_id=MaskedText(checkout_request_id),
        customer_message=message or "",
        description=description or "",
    )


def stk_timestamp(instant: datetime, /) -> str:
    """Write an instant as Daraja's ``Timestamp``: ``YYYYMMDDHHmmss`` in Nairobi's time.

    >>> from datetime import UTC, datetime
    >>> stk_timestamp(datetime(2026, 11, 23, 21, 5, 9, tzinfo=UTC))
    '20261124000509'

    Args:
        instant: A moment that knows its zone, for example ``datetime.now(UTC)``.

    Returns:
        Fourteen digits.

    Raises:
        ValueError: If *instant* has no zone: give one that has.

    Source:
        Daraja, MpesaExpressSimulate (Timestamp).
    """
    if not isinstance(instant, datetime) or instant.utcoffset() is None:
        raise ValueError("the time has no zone; use datetime.now(UTC) rather than datetime.now()")
    return instant.astimezone(EAT).strftime("%Y%m%d%H%M%S")


@hide_locals
def stk_password(shortcode: str, passkey: str | Secret, instant: datetime, /) -> str:
    """Make Daraja's ``Password``: the base64 of shortcode, passkey and timestamp.

    It contains the passkey, so never log it; and send it only with ``stk_timestamp`` of the same instant.

    >>> from datetime import UTC, datetime
    >>> stk_password("174379", "abc", datetime(2026, 11, 23, 21, 5, 9, tzinfo=UTC))
    'MTc0Mzc5YWJjMjAyNjExMjQwMDA1MDk='

    Args:
        shortcode: The pay bill, or the store number of a till.
        passkey: The passkey of that shortcode.
        instant: The moment whose timestamp goes out beside it.

    Returns:
        Base64 text.

    Raises:
        ValueError: If *instant* has no zone: give one that has. If *shortcode* is none or *passkey* holds a space or a
            line break: copy it again.

    Source:
        Daraja, MpesaExpressSimulate (Password).
    """
    checked, secret = fields.shortcode(shortcode), fields.credential(passkey)
    raise_faults({"passkey": secret, "shortcode": checked})
    return _password(checked, secret, stk_timestamp(instant))


def stk_signature(config: Config, instant: datetime, /) -> Mapping[str, str]:
    """Return the three fields that sign a request of M-Pesa Express, for one instant."""
    shortcode, timestamp = config.business.shortcode, stk_timestamp(instant)
    password = _password(shortcode, passkey_of(config), timestamp)
    return {"BusinessShortCode": shortcode, "Password": password, "Timestamp": timestamp}


def passkey_of(config: Config, /) -> Secret:
    """Return the passkey, which signs every request of M-Pesa Express.

    Raises:
        ConfigurationError: If there is none. Nothing was sent.
    """
    passkey = config.business.passkey
    if passkey is None:
        raise_setting_faults({"passkey": Fault("is missing, and M-Pesa Express needs it")})
    return cast("Secret", passkey)


def _password(shortcode: str, passkey: Secret, timestamp: str) -> str:
    return b64encode(f"{shortcode}{passkey.reveal()}{timestamp}".encode()).decode("ascii")
