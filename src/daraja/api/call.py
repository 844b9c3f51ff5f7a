"""One request and its answer, as every operation makes it; and the answers that several products share."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs

from daraja.config import Config
from daraja.errors import OutcomeUnknown, UnexpectedResponse
from daraja.http.error_response import Refusal, SuccessSign, refusal_in
from daraja.http.exchange import authorised, refuse
from daraja.http.flow import Flow
from daraja.http.json_body import Content, Fields, post_json, read_object
from daraja.values.secret import mask_numbers

Answer = TypeVar("Answer")


@attrs.frozen(kw_only=True)
class PromptAccepted:
    """Daraja has accepted the request and will send a prompt to a phone; nothing is paid yet.

    Args:
        reference: The id by which the callback names the request; None if Daraja gave none.
        description: Daraja's own words about the acceptance.
    """

    reference: str | None
    description: str = attrs.field(repr=mask_numbers)


@attrs.frozen(kw_only=True)
class Registered:
    """Addresses are registered with Daraja.

    Args:
        already: Whether they were registered before. Daraja does not say which ones: they may
            belong to an older system of yours. Send a small payment to find out.
        description: Daraja's own words.
    """

    already: bool
    description: str = attrs.field(repr=mask_numbers)


def given(**fields: str | None) -> dict[str, object]:
    """Give the optional fields of a request that have a value; the others are left out.

    >>> given(Occasion="Easter", Requester=None)
    {'Occasion': 'Easter'}
    """
    return {name: value for name, value in fields.items() if value is not None}


def _no_exception(_: Refusal) -> None:
    return None


def call(
    config: Config,
    path: str,
    content: Content,
    /,
    *,
    sign: SuccessSign,
    read: Callable[[Fields], Answer | None],
    repeatable: bool,
    headers: Mapping[str, str] | None = None,
    read_refused: Callable[[Refusal], Answer | None] = _no_exception,
) -> Flow[Answer]:
    """Send a request and read the answer.

    A request that moves money or prompts somebody is never sent again in doubt. An answer to it that is neither a
    clear yes nor a clear no is ``OutcomeUnknown``.

    Args:
        config: The Daraja, and the owner of the token.
        path: The path of the product.
        content: The body.
        sign: How the product says yes.
        read: Makes the answer out of fields that say yes; None if a necessary one is missing.
        repeatable: Whether sending it twice does no harm; see ``exchange``.
        headers: More headers, if the product has some of its own.
        read_refused: Makes an answer out of a refusal that is none for this product; None if it is one.
    """
    request = post_json(f"{config.environment.base_url}{path}", content, headers)
    del content  # it holds a credential in clear, and a traceback keeps this frame
    response = yield from authorised(lambda _config, _now: request, config, sign, repeatable=repeatable)
    fields = read_object(response.body)
    refusal = refusal_in(response, fields, sign)
    answer = read(fields) if fields is not None and sign.says_yes(fields) else None
    if refusal is None and answer is not None:
        return answer
    if refusal is not None and answer is None:
        answer = read_refused(refusal)
        if answer is not None:
            return answer
        raise (yield from refuse(refusal, response, repeatable=repeatable))
    fault = "its answer lacks a necessary field" if refusal is None else "its answer says both yes and no"
    if repeatable:
        raise UnexpectedResponse(response.status, fault)
    raise OutcomeUnknown(f"{fault} (HTTP {response.status})")
