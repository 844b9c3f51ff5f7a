"""The pages around paying: login, the orders and payments of a customer, errors."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import never_cache
from django.views.generic import ListView

from daraja.django.models import OPEN
from payments.models import Payment
from shop import api
from shop.models import Order, User
from shop.rest import TOO_OFTEN, customer_of, too_often

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


def _answering(status: int, title: str, detail: str) -> Callable[..., HttpResponse]:
    """Return a view for an error: a page for people, JSON for programs that call the API."""

    def answer(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        del exception  # it is for the log
        words = gettext(detail)
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": words}, status=status)
        # Without the request, so this page uses neither the session nor the database.
        return HttpResponse(
            render_to_string("shop/error.html", {"title": gettext(title), "detail": words}), status=status
        )

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


class LoginView(views.LoginView):
    """Lets a customer in by e-mail address and password, with the same rate limits as the API."""

    template_name = "shop/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Any: as Django has it
        """Check the password, unless there were too many attempts."""
        if too_often(request, api.LoginView()):
            unread = self.get_form_class()(request)
            return self.render_to_response(self.get_context_data(form=unread, fault=gettext(TOO_OFTEN)), status=429)
        return super().post(request, *args, **kwargs)


def admin_login(request: HttpRequest) -> HttpResponse:
    """Log staff into the admin as Django does, with the limits of customers."""
    if request.method == "POST" and too_often(request, api.LoginView()):
        return too_many(request)
    return admin.site.login(request)


def orders_of(user: User) -> "QuerySet[Order]":
    """Return the customer's orders, with what is to be known of their payments."""
    attempts = Payment.objects.filter(order=OuterRef("pk"))
    return Order.objects.filter(user=user).annotate(
        is_open=Exists(attempts.filter(status__in=OPEN)),
        in_doubt=Exists(attempts.filter(Q(needs_attention=True) | Q(status="unconfirmed"))),
        # If the order is not paid, a person found no money; no second prompt is sent for it.
        came_to_nothing=Exists(attempts.filter(status="success")),
    )


@method_decorator([login_required, never_cache], name="dispatch")
class OrderListView(ListView):
    """The customer's orders, the newest first. This is the start page."""

    template_name = "shop/orders.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Order]":
        """Add the payment status to each order."""
        return orders_of(customer_of(self.request))


@method_decorator([login_required, never_cache], name="dispatch")
class HistoryView(ListView):
    """The customer's payments, the newest first."""

    template_name = "shop/history.html"
    context_object_name = "payments"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Payment]":
        """Mark the attempt that the order's page shows."""
        last = Payment.objects.filter(order=OuterRef("order")).order_by("-attempt")
        paid = last.exclude(paid_order=None)
        return (
            Payment.objects.filter(user=customer_of(self.request))
            .select_related("order")
            .annotate(shown=Coalesce(Subquery(paid.values("key")[:1]), Subquery(last.values("key")[:1])))
        )


def content_security_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Allow pages to load only content from this shop; a middleware."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return respond
