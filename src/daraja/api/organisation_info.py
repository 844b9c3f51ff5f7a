"""Organisation info: the name of a pay bill or a till, before money goes there."""

from typing import Final, Literal, TypeAlias, get_args

import attrs

from daraja import fields
from daraja.api.call import call
from daraja.config import Config
from daraja.fields import Checked
from daraja.http.error_kinds import ErrorKind
from daraja.http.error_response import SuccessSign
from daraja.http.flow import Flow
from daraja.http.json_body import Fields, first_text

OrganisationKind: TypeAlias = Literal["pay bill", "till"]

_CODES: Final = {"pay bill": "4", "till": "2"}


class _OrganisationSign(SuccessSign):
    def says_yes(self, fields: Fields, /) -> bool:
        message = first_text(fields, "ResponseMessage") or ""
        return message.casefold() == "success" and first_text(fields, "OrganizationName") is not None


ORGANISATION_FOUND: Final = _OrganisationSign(frozenset(), lambda _: ErrorKind.NOT_FOUND, message="DetailedMessage")
"""A name and the message Success, with code 4000 or 0."""


def _kind(value: OrganisationKind) -> OrganisationKind:
    return fields.one_of(value, get_args(OrganisationKind))


@attrs.frozen(kw_only=True)
class Organisation:
    """A business that M-Pesa knows.

    Args:
        shortcode: Its number; None if the answer had none.
        name: Its name. Compare it with the one that you expect before you pay.
        charge_profile: M-Pesa's id of its tariff; None if the answer had none.
    """

    shortcode: str | None
    name: str
    charge_profile: str | None


@attrs.frozen
class OrganisationInfo(Checked):
    """A look-up of a pay bill or a till: give it to ``Daraja.run``. A look-up is harmless.

    Args:
        shortcode: The pay bill or till number, five to seven digits as text.
        kind: ``pay bill`` or ``till``.

    Raises:
        InvalidInput: If anything is wrong; every field that is wrong is named at once. Nothing was sent.

    Source:
        Daraja, query organisation info.
    """

    shortcode: str = attrs.field(converter=fields.shortcode)
    kind: OrganisationKind = attrs.field(default="pay bill", converter=_kind, kw_only=True)

    def flow(self, config: Config, /) -> Flow[Organisation]:
        """Look up the name; see ``Daraja.organisation_info``."""
        content = {"IdentifierType": _CODES[self.kind], "Identifier": self.shortcode}
        return call(config, "/sfcverify/v1/query/info", content, sign=ORGANISATION_FOUND, read=_read, repeatable=True)


def _read(answer: Fields) -> Organisation:
    return Organisation(
        shortcode=first_text(answer, "OrganizationShortCode"),
        name=first_text(answer, "OrganizationName") or "",
        charge_profile=first_text(answer, "ChargeProfileID"),
    )
