"""C2B: customers pay to our number by themselves, and Safaricom tells the addresses that we registered."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

import attrs

from daraja import fields
from daraja.api.addresses import address_faults
from daraja.api.call import Registered, call
from daraja.api.initiator import Accepted, read_accepted
from daraja.config import Config, Till
from daraja.config.checks import raise_setting_faults
from daraja.fields import Checked, Fault, raise_faults, value_or_fault
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import ACKNOWLEDGED, Refusal
from daraja.http.flow import Flow
from daraja.http.json_body import Fields, as_text
from daraja.values.prompt import whole_shillings
from daraja.values.secret import Secret

Unanswered: TypeAlias = Literal["Completed", "Cancelled"]
"""The end of a payment if its validation gets no answer in time."""
C2bVersion: TypeAlias = Literal["v2", "v1"]
"""The version of Daraja's interface. The first announces the payer's number as a hash, the second masks it."""

_YES: Final = "0"
_ALREADY: Final = "already registered"


_REGISTERED_BEFORE: Final = ("already registered", "duplicate notification info", "responsecode 409")

ADDRESSES_REGISTERED: Final = attrs.evolve(ACKNOWLEDGED, words=dict.fromkeys(_REGISTERED_BEFORE, ErrorKind.CONFLICT))
"""The addresses may stand already; nobody can tell whose they are."""


def _unanswered(value: Unanswered) -> Unanswered:
    return fields.one_of(value, get_args(Unanswered))


def _typed(value: str) -> str:
    return fields.text(value, longest=20)


def _version(value: C2bVersion) -> C2bVersion:
    return fields.one_of(value, get_args(C2bVersion))


@attrs.frozen(kw_only=True)
class C2bRegister(Checked):
    """The registration of our C2B addresses: give it to ``Daraja.run``. A second request is harmless.

    In production they can be registered once. Only the portal deletes them, and two of its users have to agree.

    Args:
        confirmation_url: The address for payments that were made.
        validation_url: Another address, for validation before a payment, if Safaricom enabled it for the shortcode.
        unanswered: ``Completed`` or ``Cancelled``: the end of a payment if its validation gets no answer in time.
        version: ``v1`` if your app has no other.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, CustomerToBusinessRegisterURL.
    """

    confirmation_url: Secret = attrs.field(converter=fields.url, repr=False)
    validation_url: Secret = attrs.field(converter=fields.url, repr=False)
    unanswered: Unanswered = attrs.field(default="Completed", converter=_unanswered)
    version: C2bVersion = attrs.field(default="v2", converter=_version)

    def flow(self, config: Config, /) -> Flow[Registered]:
        """Register the addresses; see ``Daraja.c2b_register``."""
        raise_faults(self._faults(config))
        content = {
            "ShortCode": config.business.shortcode,
            "ResponseType": self.unanswered,
            "ConfirmationURL": self.confirmation_url.reveal(),
            "ValidationURL": self.validation_url.reveal(),
        }
        return call(
            config,
            f"/mpesa/c2b/{self.version}/registerurl",
            content,
            sign=ADDRESSES_REGISTERED,
            read=_read_registered,
            repeatable=True,
            read_refused=_read_registered_before,
        )

    def _faults(self, config: Config) -> Mapping[str, object]:
        faults = address_faults(config, confirmation_url=self.confirmation_url, validation_url=self.validation_url)
        if self.confirmation_url == self.validation_url:
            words = "is the same as confirmation_url; give two, since only the address tells a question from a payment"
            faults["validation_url"] = Fault(words)
        return faults


@attrs.frozen(kw_only=True)
class C2bSimulate(Checked):
    """A payment by a customer of the sandbox: give it to ``Daraja.run``, which never sends it twice by itself.

    The sandbox announces only some of these payments. The local Daraja announces all of them.

    Args:
        phone: The payer, ``254708374149`` in the sandbox.
        amount: Whole KES, an ``int`` or a whole ``Decimal``, from 1 to the configured maximum (250,000).
        reference: The account that the customer names: 1 to 20 letters, digits, spaces and ``- _ . /``. A till gets
            none.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, CustomerToBusiness.
    """

    phone: str = attrs.field(converter=fields.phone)
    amount: int = attrs.field(converter=fields.amount)
    reference: str = attrs.field(converter=_typed)

    def flow(self, config: Config, /) -> Flow[Accepted]:
        """Simulate the payment; see ``Daraja.c2b_simulate``."""
        if config.environment.name == "production":
            raise_setting_faults(
                {"environment": Fault("is production, where no payment is simulated; pay from a phone instead")}
            )
        raise_faults({"amount": value_or_fault(whole_shillings, self.amount, maximum=config.max_amount)})
        is_till = isinstance(config.business, Till)
        content = {
            "ShortCode": int(config.business.shortcode),
            "CommandID": "CustomerBuyGoodsOnline" if is_till else "CustomerPayBillOnline",
            "Amount": self.amount,
            "Msisdn": int(self.phone),
            "BillRefNumber": None if is_till else self.reference,
        }
        return call(config, "/mpesa/c2b/v2/simulate", content, sign=ACKNOWLEDGED, read=read_accepted, repeatable=False)


def _read_registered(answer: Fields) -> Registered | None:
    """Read the answer. An older form has no code, so its words decide."""
    code, words = as_text(answer.get("ResponseCode")), as_text(answer.get("ResponseDescription")) or ""
    already = _ALREADY in words.casefold()
    if code == _YES or (code is None and (already or words.casefold() == "success")):
        return Registered(already=already, description=words)
    return None


def _read_registered_before(refusal: Refusal) -> Registered | None:
    if refusal.kind is not ErrorKind.CONFLICT:
        return None
    return Registered(already=True, description=refusal.message)
