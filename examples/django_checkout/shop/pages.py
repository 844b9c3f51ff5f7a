"""The pages around paying: login, the orders and payments of a customer, errors."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.generic import ListView

from payments.models import Payment
from shop.models import Order
from shop.rest import LOGINS, TOO_OFTEN, customer_of, too_often

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def about_the_shop(_: HttpRequest) -> dict[str, Any]:  # Any: whatever a template is given
    """Return what every page shows of the shop; a context processor."""
    return {"shop": {"name": settings.SHOP_NAME, "contact": settings.SHOP_CONTACT}}


def _answering(status: int, title: str, detail: str) -> Callable[..., HttpResponse]:
    """Return a view for an error: a page for people, JSON for programs that call the API."""

    def answer(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        del exception  # it is for the log
        words = gettext(detail)
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": words}, status=status)
        # Without the request, so this page uses neither the session nor the database.
        shown = {"title": gettext(title), "detail": words, **about_the_shop(request)}
        return HttpResponse(render_to_string("shop/error.html", shown), status=status)

    return answer


bad_request = _answering(
    400, _("That did not arrive in one piece"), _("We could not read this request. Please try again.")
)
forbidden = _answering(403, _("Not for you"), _("You may not see this."))
not_found = _answering(404, _("Nothing here"), _("There is nothing at this address, or it is not yours."))
too_many = _answering(429, _("Too often"), TOO_OFTEN)
server_error = _answering(
    500, _("That is our mistake"), _("Something went wrong on our side. Please try again in a little while.")
)


def limited(login: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Limit how often passwords can be tried on a login page, by the counters of the API."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        often = request.method == "POST" and too_often(request, LOGINS)
        return too_many(request) if often else login(request)

    return respond


@method_decorator([login_required, never_cache], name="dispatch")
class OrderListView(ListView):
    """The customer's orders, the newest first. This is the start page."""

    template_name = "shop/orders.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Order]":
        """Read their payments with them."""
        return customer_of(self.request).orders.prefetch_related("payments")


@method_decorator([login_required, never_cache], name="dispatch")
class HistoryView(ListView):
    """The customer's payments, the newest first."""

    template_name = "shop/history.html"
    context_object_name = "payments"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Payment]":
        """Read their orders with them."""
        return customer_of(self.request).payments.select_related("order")


def content_security_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Allow pages to load only content from this shop; a middleware."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return respond
