"""Look-ups: the name behind a number, the age of a SIM card, the value of Bonga points."""

from decimal import Decimal
from typing import TYPE_CHECKING

from daraja.methods.base import Methods
from daraja.values.secret import hide_locals

if TYPE_CHECKING:
    from daraja.api.bonga import BongaValue
    from daraja.api.call import PromptAccepted
    from daraja.api.hakikisha import CustomerName
    from daraja.api.organisation_info import Organisation, OrganisationKind
    from daraja.api.sim_swap import LastSwap


class LookUpMethods(Methods):
    """Look up numbers and points. All but ``bonga_redeem`` are harmless to repeat."""

    @hide_locals
    def organisation_info(self, shortcode: str, /, *, kind: "OrganisationKind" = "pay bill") -> "Organisation":
        """Look up the name of a pay bill or a till before you pay to it. A look-up is harmless.

        Args:
            shortcode: The number, five to seven digits as text.
            kind: ``pay bill`` or ``till``.

        Returns:
            Its name. Compare it with the one that you expect.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            NotFound: If there is no such number: do not pay to it.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, query organisation info.
        """
        from daraja.api.organisation_info import OrganisationInfo

        return self.run(OrganisationInfo(shortcode, kind=kind))

    @hide_locals
    def hakikisha(self, phone: str, /) -> "CustomerName":
        """Look up the name of an M-Pesa customer before you pay to the phone. A look-up is harmless.

        Safaricom has to approve your use of it first.

        Args:
            phone: A Kenyan mobile number in any usual form.

        Returns:
            The name, as far as M-Pesa shows it. Compare it with the one that you expect.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            NotFound: If M-Pesa has no customer of that number: do not pay to it.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, B2C Hakikisha.
        """
        from daraja.api.hakikisha import Hakikisha

        return self.run(Hakikisha(phone))

    @hide_locals
    def sim_swap(self, phone: str, /) -> "LastSwap":
        """Look up the last replacement of the SIM card of a number, since thieves do that. A look-up can cost a fee.

        Args:
            phone: A Kenyan mobile number in any usual form, of Safaricom.

        Returns:
            The time, or None in it if that was not within the last three months.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            NotFound: If Safaricom has no customer of that number.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, SIM swap.
        """
        from daraja.api.sim_swap import SimSwap

        return self.run(SimSwap(phone))

    @hide_locals
    def bonga_points(self, points: int, /) -> "BongaValue":
        """Look up the value of Bonga points today. A look-up is harmless.

        Args:
            points: How many points, from 1 to 10,000,000.

        Returns:
            Their value in KES, and the rate for ``bonga_redeem``.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. Try again.
            OutcomeUnknown: If no answer came. A second request is harmless.
            ApiError: If Daraja refused.
            UnexpectedResponse: If the answer cannot be read. Try again later.

        Source:
            Daraja, Lipa na Bonga.
        """
        from daraja.api.bonga import BongaPoints

        return self.run(BongaPoints(points))

    @hide_locals
    def bonga_redeem(
        self,
        *,
        phone: str,
        points: int,
        amount: int | Decimal,
        rate: Decimal,
        reference: str,
    ) -> "PromptAccepted":
        """Send a prompt to a customer to pay with Bonga points. The answer does not mean that it is paid.

        Args:
            phone: The customer's phone, a Kenyan mobile number in any usual form.
            points: How many points, from 1 to 10,000,000.
            amount: Their value in whole KES, an ``int`` or a whole ``Decimal``.
            rate: KES for one point, as ``bonga_points`` gives it.
            reference: The account reference: 1 to 12 letters, digits, spaces and ``- _ . /``.

        Returns:
            The reference of the request. The money arrives by C2B.

        Raises:
            InvalidInput: If an argument is wrong; nothing was sent. Correct the arguments that it names.
            NotSent: If nothing left this machine. It is safe to try again.
            OutcomeUnknown: If a prompt may be on the phone. Wait for the payment, and do not send another prompt.
            ApiError: If Daraja refused. No prompt was sent.
            UnexpectedResponse: If no access token could be read. No prompt was sent.

        Source:
            Daraja, Lipa na Bonga.
        """
        from daraja.api.bonga import BongaRedeem

        return self.run(BongaRedeem(phone=phone, points=points, amount=amount, rate=rate, reference=reference))
