"""The callback address: a view without a login, a CSRF token or a transaction in front of it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from daraja import Checkout, Payout, Payouts, Receipts
from daraja.api.addresses import claimed_purpose
from daraja.django import checkout, receipts
from daraja.django.apps import this_app
from daraja.django.conf import option, outside_transactions
from daraja.lifecycle.source_ip import client_ip, client_network

__all__ = ["CallbackView", "ReceiptView", "address_of", "network_of"]

LARGEST_BODY = 64 * 1024
"""Bytes that are read of a callback; Safaricom's have less than two thousand."""


def address_of(request: HttpRequest, /) -> str:
    """Return the address that a request came from, behind as many proxies as ``NUM_PROXIES`` says."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return client_ip(request.META.get("REMOTE_ADDR", ""), forwarded, proxies=option("NUM_PROXIES"))


def network_of(request: HttpRequest, /) -> str:
    """Return the key that counts the requests of one visitor: the address; for IPv6, the network of one customer."""
    return client_network(address_of(request))


@method_decorator([csrf_exempt, login_not_required, outside_transactions], name="dispatch")
class CallbackView(View):
    """Stores a callback of Safaricom's and applies it to its payment or payout. The signed address makes it safe."""

    http_method_names = ("post",)

    def checkout(self) -> Checkout:
        """Return whose callback it is; override it if one project takes payments for several pay bills."""
        return checkout()

    def payouts(self) -> Payouts | None:
        """Return whose result it is; None if nothing is paid out."""
        return this_app().result_receiver if this_app().pays_out else None

    def post(self, request: HttpRequest, token: str | None = None, **_: object) -> HttpResponse:
        """Send daraja's reply. Of a body that is too long the rest is left out, and it proves nothing."""
        body = request.read(LARGEST_BODY + 1)
        reply = self._receiver(token).receive(body, token=token, remote_ip=address_of(request))
        return HttpResponse(reply.body, status=reply.status_code, content_type=reply.content_type)

    def _receiver(self, token: str | None) -> Checkout | Payouts | Receipts:
        of_payouts = self.payouts() if claimed_purpose(token) in Payout.kind.purposes else None
        return of_payouts or self.checkout()


class ReceiptView(CallbackView):
    """Answers validations of payments by hand, and books confirmations."""

    def receipts(self) -> Receipts:
        """Return whose payments these are; override it as you do ``checkout``."""
        return receipts()

    def _receiver(self, token: str | None) -> Receipts:
        del token
        return self.receipts()
