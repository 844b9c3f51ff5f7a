"""The customers: they pay by hand, and once more where the shop refused what they typed."""

from collections.abc import Iterable
from typing import Final

from daraja.simulator import SANDBOX_SHORTCODE, LocalDaraja
from tests.chaos.receipts.sales import Sale

__all__ = ["Customers"]


class Customers:
    """Pay a local Daraja by hand, each sale once.

    Args:
        local: The local Daraja.
    """

    def __init__(self, local: LocalDaraja) -> None:
        self._local: Final = local
        self._served: Final = set[int]()
        self._paid: Final[dict[str, Sale]] = {}
        self.refused = 0
        """The number of payments that the shop refused."""

    def pay_before(self, sales: Iterable[Sale]) -> None:
        """Pay what is paid before the shop expects it."""
        for sale in sales:
            for amount in sale.by_hand_before:
                self._pay(sale, sale.typed, amount)

    def pay(self, number: int) -> None:
        """Pay what is paid after the shop expects it."""
        if number not in self._served:
            self._served.add(number)
            sale = Sale(number)
            for amount in sale.by_hand:
                self._pay(sale, sale.typed, amount)

    def pay_again(self) -> None:
        """Pay with the right account what was refused with a wrong one."""
        for receipt, sale in list(self._paid.items()):
            with self._local.locked():
                payment = self._local.engine.c2b.find(receipt)
            assert payment.status != "waiting"
            if payment.status == "rejected":
                self.refused += 1
                self._pay(sale, sale.account, payment.amount)

    def _pay(self, sale: Sale, account: str, amount: int) -> None:
        # Not with `pay_bill`, which waits until every callback has arrived.
        with self._local.locked() as now:
            c2b = self._local.engine.c2b
            payment = c2b.pay(sale.phone, SANDBOX_SHORTCODE, amount, account, now, is_till=False)
        self._paid[payment.receipt] = sale
