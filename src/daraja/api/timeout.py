"""The notice at a QueueTimeOutURL: a request waited too long in a queue, and its result is not known yet."""

import re
from collections.abc import Mapping
from typing import Final, cast

import attrs

from daraja.api.parameters import Parameters, fold
from daraja.api.result import masked_id
from daraja.api.unwrap import unwrap
from daraja.errors import CallbackMalformed
from daraja.http.json_body import read_body
from daraja.values.secret import mask_numbers

_SECRETS: Final = frozenset({"securitycredential", "initiatorpassword", "password", "passkey"})
_LIKE_A_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9+/=_-]{100,}|\A[A-Za-z0-9+/=_\s-]{100,}\Z")
"""A SecurityCredential has 344 characters of base64: it is cut out under any other name, too."""
_CUT: Final = "***"
_ENOUGH_TO_READ: Final = 200


def _masked(words: str) -> str:
    return repr(mask_numbers(words)[:_ENOUGH_TO_READ])


@attrs.frozen(kw_only=True)
class TimeoutNotice:
    """A notice that a request waited too long. It decides nothing: ask by status query, and never pay again on it.

    Nobody has published what Daraja sends here. One payer gets his own request back, others expect a result. So every
    body is taken, and the address tells which request is meant.

    Args:
        originator_conversation_id: The id that we chose, or Daraja's; None if it is absent.
        conversation_id: Daraja's id of the request; None if it is absent.
        command: The CommandID of the request, if it comes back; else None.
        description: Safaricom's words, never a verdict; empty if there are none.
        parameters: Everything by its name as it came, without the SecurityCredential; hidden in reprs.
    """

    originator_conversation_id: str | None = attrs.field(default=None, repr=masked_id)
    conversation_id: str | None = attrs.field(default=None, repr=masked_id)
    command: str | None = attrs.field(default=None, repr=masked_id)
    description: str = attrs.field(default="", repr=_masked)
    parameters: Parameters = attrs.field(factory=Parameters, repr=False, hash=False)


def read_timeout(body: object, /) -> TimeoutNotice:
    """Read a notice; one that cannot be read is an empty notice."""
    try:
        fields, _ = unwrap(read_body(body))
        parameters = Parameters(cast("Mapping[str, object]", _without_secrets(dict(fields))).items())
    except (CallbackMalformed, RecursionError):
        return TimeoutNotice()
    return TimeoutNotice(
        originator_conversation_id=parameters.text("originatorconversationid", "originalconversationid"),
        conversation_id=parameters.text("conversationid"),
        command=parameters.text("commandid"),
        description=parameters.text("resultdesc", "errormessage") or "",
        parameters=parameters,
    )


def _without_secrets(value: object) -> object:
    if isinstance(value, Mapping):
        fields = cast("Mapping[object, object]", value)
        return {
            name: _without_secrets(content)
            for name, content in fields.items()
            if not (isinstance(name, str) and fold(name) in _SECRETS)
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(each) for each in cast("list[object]", value)]
    return _CUT if isinstance(value, str) and _LIKE_A_CREDENTIAL.search(value) else value
