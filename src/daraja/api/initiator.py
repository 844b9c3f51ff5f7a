"""The common part of all requests of an API user (initiator): the user, two addresses, and the answer."""

from collections.abc import Mapping
from typing import Final, cast

import attrs
from attrs.converters import optional

from daraja import fields
from daraja.api.addresses import address_faults, address_for, missing_address
from daraja.api.call import call
from daraja.config import Config, Initiator, Till
from daraja.config.checks import raise_setting_faults
from daraja.fields import Checked, Fault, raise_faults, value_or_fault
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import ACKNOWLEDGED
from daraja.http.flow import Flow
from daraja.http.json_body import Fields, as_text
from daraja.values.secret import Secret, mask_numbers, personal_id

SENT_OUT: Final = attrs.evolve(ACKNOWLEDGED, words={"system is busy": ErrorKind.AMBIGUOUS})
"""If a request moves money, "System is busy" (500.003.02) leaves doubt: no page says that nothing was paid."""
_YES: Final = "0"
_TILL: Final = "2"
_SHORTCODE: Final = "4"


def _shown(identifier: str | None) -> str:
    return "None" if identifier is None else repr(personal_id(identifier))


@attrs.frozen(kw_only=True)
class Accepted:
    """Daraja has accepted the request and will report its result later; nothing is done yet.

    Args:
        originator_conversation_id: The id that you chose, or one of Daraja's if the product takes none.
        conversation_id: Daraja's id of the request, which its result repeats; None if the answer had none.
        description: Daraja's own words about the acceptance.
    """

    originator_conversation_id: str | None = attrs.field(repr=_shown)
    conversation_id: str | None
    description: str = attrs.field(repr=mask_numbers)


@attrs.frozen(kw_only=True)
class InitiatorRequest(Checked):
    """The base of all operations that an API user carries out. Their results come to an address of yours.

    Args:
        remarks: Words about the request, 2 to 100 letters, digits, spaces and ``- _ . /``.
        shortcode: The shortcode that acts, if not the one in the settings.
        result_url: The address for the result; by default ``results_url`` of the settings and ``result/``.
        timeout_url: The address for a timeout notice; by default ``results_url`` and ``timeout/``.
    """

    remarks: str = attrs.field(default="Payment", converter=fields.remarks)
    shortcode: str | None = attrs.field(default=None, converter=optional(fields.shortcode))
    result_url: Secret | None = attrs.field(default=None, converter=fields.hidden_url, repr=False)
    timeout_url: Secret | None = attrs.field(default=None, converter=fields.hidden_url, repr=False)

    def check(self, config: Config, /) -> None:
        """Check the request against the settings; ``flow`` does the same before it sends anything.

        Args:
            config: Who acts, and in which Daraja.

        Raises:
            ConfigurationError: If the settings lack something that it needs. Nothing was sent.
            InvalidInput: If they do not allow it; all faults are named at once. Nothing was sent.
        """
        raise_setting_faults(self._faults_of_settings(config))
        raise_faults(self._faults(config))

    def _faults_of_settings(self, config: Config) -> Mapping[str, object]:
        faults: dict[str, object] = {}
        if config.initiator is None:
            faults["name"] = Fault("is missing, and this product needs an initiator, the API user")
            faults["security_credential"] = Fault(
                "is missing, and this product needs it; MPESA_INITIATOR_PASSWORD and MPESA_CERTIFICATE make it, too"
            )
        return {**faults, **missing_address(config, result_url=self.result_url, timeout_url=self.timeout_url)}

    def _faults(self, config: Config) -> Mapping[str, object]:
        faults = address_faults(config, result_url=self.result_url, timeout_url=self.timeout_url)
        if self.result_url is not None and self.result_url == self.timeout_url:
            faults["timeout_url"] = Fault("is the same as result_url; give two, since a time-out decides nothing")
        return faults

    def _asking_party(self, config: Config) -> Mapping[str, object]:
        """Return the party that a query is about, and the kind of its number."""
        business = config.business
        is_usual = self.shortcode is None and config.bulk is None
        if isinstance(business, Till) and (is_usual or self.shortcode == business.till):
            return {"PartyA": business.till, "IdentifierType": _TILL}
        return {"PartyA": self.shortcode or config.payout_shortcode, "IdentifierType": _SHORTCODE}

    def _call(
        self,
        config: Config,
        path: str,
        own: Mapping[str, object],
        /,
        *,
        repeatable: bool,
        initiator_key: str = "Initiator",
    ) -> Flow[Accepted]:
        self.check(config)
        initiator = cast("Initiator", config.initiator)
        content = {
            initiator_key: initiator.name,
            "SecurityCredential": initiator.security_credential.reveal(),
            **own,
            "Remarks": self.remarks,
            "ResultURL": address_for(config, self.result_url, "result"),
            "QueueTimeOutURL": address_for(config, self.timeout_url, "timeout"),
        }
        sign = ACKNOWLEDGED if repeatable else SENT_OUT
        return call(config, path, content, sign=sign, read=read_accepted, repeatable=repeatable)


@attrs.frozen(kw_only=True)
class MoneyOut(InitiatorRequest):
    """The base of all operations that pay somebody. They are never sent twice by themselves.

    Args:
        amount: Whole KES, an ``int`` or a whole ``Decimal``, up to ``payout_max`` of the settings.
        occasion: Words about the request, 1 to 100 letters, digits, spaces and ``- _ . /``.
        remarks: See ``InitiatorRequest``, like all that follow.
        shortcode: As above.
        result_url: As above.
        timeout_url: As above.
    """

    amount: int = attrs.field(converter=fields.amount)
    occasion: str | None = attrs.field(default=None, converter=optional(fields.occasion))

    def _faults_of_settings(self, config: Config) -> Mapping[str, object]:
        return {**super()._faults_of_settings(config), **check_may_pay_out(config)}

    def _faults(self, config: Config) -> Mapping[str, object]:
        amount = value_or_fault(_check_highest, self.amount, config.payout_max)
        return {**super()._faults(config), "amount": amount}


def check_may_pay_out(config: Config, /) -> Mapping[str, object]:
    """Return the fault of settings that let no money leave, by its field; empty if they do."""
    if config.may_pay_out:
        return {}
    return {"payouts": Fault("is off, and this moves real money out")}


def read_accepted(answer: Fields, /) -> Accepted | None:
    """Count an answer as accepted only with ResponseCode 0 and an id that the result will repeat."""
    # C2B has the first name only, and spells it in this way.
    originator, misspelt, conversation, description = (
        as_text(answer.get(name))
        for name in (
            "OriginatorConversationID",
            "OriginatorCoversationID",
            "ConversationID",
            "ResponseDescription",
        )
    )
    originator = originator or misspelt
    if as_text(answer.get("ResponseCode")) != _YES or not (originator or conversation):
        return None
    return Accepted(originator_conversation_id=originator, conversation_id=conversation, description=description or "")


def _check_highest(amount: int, highest: int | None) -> int:
    if highest is not None and amount > highest:
        raise ValueError(f"{amount:,} is above {highest:,} KES, the highest payout of the settings (MPESA_PAYOUT_MAX)")
    return amount
