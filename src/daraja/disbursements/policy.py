"""The settings that every flow of payouts follows, and the calls of the shop's functions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from daraja.disbursements.caps import Caps
from daraja.disbursements.kind import PayoutStatus
from daraja.disbursements.model import Payout, PayoutStore
from daraja.disbursements.products import PRODUCTS
from daraja.errors import ConfigurationError
from daraja.fields import raise_faults, value_or_fault
from daraja.lifecycle.policy import Client, Policy, check_store, make_policy
from daraja.lifecycle.ports import FloatReading
from daraja.payments.model import PaymentStore

_NOT_ENOUGH: Final = "1"


@attrs.frozen(kw_only=True)
class PayoutPolicy(Policy[Payout]):
    """The settings of every flow of payouts.

    Args:
        caps: The most that may be paid out.
        approvals: The amount in KES from which a second person has to approve; None for none.
        confirms: Whether a failure that a result reports is confirmed by a query before money may go again.
        probes: Whether Daraja may be sent the same id once more if its answer was lost.
        low_float: The amount in KES below which a float is low.
        paid_to_us: The places of the other stores, which keep the money that a refund pays back.
    """

    caps: Caps
    approvals: int | None = None
    confirms: bool = True
    probes: bool = False
    low_float: int = 0
    paid_to_us: Sequence[str] = ()

    def news(self, before: Payout, after: Payout, /) -> Iterator[tuple[str, object]]:
        """Yield the calls of the shop's functions after a change, other than ``on_paid``."""
        failed = after.status is PayoutStatus.FAILED
        if failed and after.surely_unpaid and not before.surely_unpaid:
            yield "on_failed", after
        if after.needs_attention and not before.needs_attention:
            yield "on_attention", after
        account, left = PRODUCTS[after.product].account, after.float_after
        if left is not None and before.float_after is None and left < self.low_float:
            yield "on_low_float", FloatReading(account=account, available=left, told_by=after.key)
        elif failed and after.result_code == _NOT_ENOUGH and before.result_code != _NOT_ENOUGH:
            yield "on_low_float", FloatReading(account=account, available=None, told_by=after.key)


def make_payout_policy(
    daraja: Client,
    store: object,
    on_paid: Callable[[Payout], object] | None,
    hooks: Mapping[str, Callable[[Any], object] | None],  # Any: the argument of each
    /,
    *,
    caps: Caps,
    approvals: int | None,
    confirm_failures: bool,
    probe: bool,
    low_float: int | None,
    payments: object,
    receipts: object,
    senders: Iterable[str] | None,
    client: type,
    awaits: bool,
) -> PayoutPolicy:
    """Check the parts of payouts, and return their policy.

    Args:
        daraja: See ``Payouts``, like the others down to *senders*.
        store: As above.
        on_paid: As above.
        hooks: The other functions of the shop's, by name.
        caps: See ``Payouts``.
        approvals: As above.
        confirm_failures: As above.
        probe: As above.
        low_float: As above.
        payments: As above.
        receipts: As above.
        senders: As above.
        client: The class that *daraja* must have.
        awaits: Whether the store and the hooks may return awaitables.

    Raises:
        ConfigurationError: If anything is wrong.
    """
    raise_faults(
        {
            "caps": value_or_fault(_check_caps, caps),
            "approvals": value_or_fault(_check_shillings, approvals),
            "low_float": value_or_fault(_check_shillings, low_float),
            "payments": None
            if payments is None
            else value_or_fault(check_store, payments, PaymentStore, awaits=awaits),
            "receipts": None if receipts is None else value_or_fault(check_store, receipts, awaits=awaits),
        },
        ConfigurationError,
    )
    policy = make_policy(
        Payout,
        daraja,
        store,
        on_paid,
        success_name="on_paid",
        hooks=hooks,
        confirm=False,
        senders=senders,
        client=client,
        protocol=PayoutStore,
        awaits=awaits,
    )
    known = attrs.asdict(policy, recurse=False)
    known["has_listener"] = policy.has_listener or payments is not None or receipts is not None
    return PayoutPolicy(
        **known,
        caps=caps,
        approvals=approvals,
        confirms=confirm_failures,
        probes=probe,
        low_float=caps.per_payout if low_float is None else low_float,
        paid_to_us=[place for place, kept in (("checkout", payments), ("receipts", receipts)) if kept is not None],
    )


def _check_caps(caps: Caps) -> None:
    if not isinstance(caps, Caps):
        raise ValueError(f"is {type(caps).__name__}; give Caps(per_payout=..., per_day=..., per_recipient_day=...)")


def _check_shillings(amount: int | None) -> None:
    if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int) or amount < 1):
        raise ValueError("is not a whole number of shillings above 0")
