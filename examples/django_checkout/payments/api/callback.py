"""The callback address: a plain view without the checks of the other views."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from daraja.lifecycle.source_ip import client_ip
from payments.mpesa import checkout

__all__ = ["MpesaCallbackView"]

LARGEST_BODY = 64 * 1024


@method_decorator([csrf_exempt, login_not_required, non_atomic_requests], name="dispatch")
class MpesaCallbackView(View):
    """Stores the callback and applies it to its payment."""

    def post(self, request: HttpRequest, token: str | None = None) -> HttpResponse:
        """Send daraja's reply. A body that is too long is cut; then it proves nothing."""
        remote_ip = client_ip(
            request.META["REMOTE_ADDR"], request.headers.get("X-Forwarded-For", ""), proxies=settings.NUM_PROXIES
        )
        reply = checkout().receive(request.read(LARGEST_BODY + 1), token=token, remote_ip=remote_ip)
        return HttpResponse(reply.body, status=reply.status_code, content_type=reply.content_type)
