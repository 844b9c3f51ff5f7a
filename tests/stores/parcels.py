"""A kind that exists only in the tests: what stores keep of it proves that they know no product."""

import secrets
from typing import Any

import attrs

from daraja.lifecycle.charges import Charge, decode_charges, encode_charges
from daraja.lifecycle.serialization import stored_as
from daraja.testing.store_contract.base import NOON, RecordCase, with_facts
from tests.support.payouts import PAYOUT, Payout, a_payout

__all__ = ["Parcel", "ParcelCase"]


@attrs.frozen(kw_only=True)
class Parcel(Payout):
    reserved: tuple[Charge, ...] = attrs.field(default=(), metadata=stored_as(encode_charges, decode_charges))

    @property
    def phone(self) -> str:
        return self.receiver

    @property
    def charges(self) -> tuple[Charge, ...]:
        return self.reserved


class ParcelCase(RecordCase[Parcel]):
    kind = PAYOUT

    def make_record(self, **changes: Any) -> Parcel:  # noqa: ANN401 - fields of any type
        model = a_payout(key=secrets.token_hex(16))
        parcel = Parcel(
            key=model.key,
            account=model.account,
            receiver=model.receiver,
            amount=model.amount,
            created_at=NOON,
            updated_at=NOON,
        )
        return with_facts(parcel, **changes)
