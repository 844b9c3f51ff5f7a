"""Answers that several products share."""

import attrs

from daraja.values.secret import mask_numbers

__all__ = ["PromptAccepted", "Registered"]


@attrs.frozen(kw_only=True)
class PromptAccepted:
    """Daraja has accepted the request and will send a prompt to a phone; nothing is paid yet.

    Args:
        reference: The id by which the callback names the request; None where Daraja gave none.
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
