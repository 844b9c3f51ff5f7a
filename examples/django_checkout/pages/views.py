"""The orders and payments of a customer."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.templatetags.static import static
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import ListView, RedirectView

from accounts.customers import customer_of
from daraja import Status
from orders.models import Order
from pages.labels import GROUPS
from payments.models import OPEN, Payment

__all__ = ["HistoryView", "IconView", "OrderListView"]


@method_decorator([login_required, never_cache], name="dispatch")
class OrderListView(ListView):
    """The customer's orders, the newest first. This is the start page."""

    template_name = "pages/orders.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Order]":
        """Add the payment status to each order."""
        attempts = Payment.objects.filter(order=OuterRef("pk"))
        return Order.objects.filter(user=customer_of(self.request)).annotate(
            is_open=Exists(attempts.filter(status__in=OPEN)),
            in_doubt=Exists(attempts.filter(Q(needs_attention=True) | Q(refund_due=True))),
            # If the order is not paid, a person found no money; no second prompt is sent for it.
            came_to_nothing=Exists(attempts.filter(status=Status.SUCCESS)),
        )


@method_decorator([login_required, never_cache], name="dispatch")
class HistoryView(ListView):
    """The customer's payments, the newest first; ``?status=`` filters them."""

    template_name = "pages/history.html"
    context_object_name = "payments"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Payment]":
        """Filter the payments, and mark the attempt that the order's page shows; an unknown filter gives nothing."""
        last = Payment.objects.filter(order=OuterRef("order")).values("key")[:1]
        payments = (
            Payment.objects.filter(user=customer_of(self.request))
            .select_related("order")
            .annotate(shown=Coalesce("order__paid_by_id", Subquery(last)))
        )
        group = GROUPS.get(self.request.GET.get("status", ""))
        return payments if group is None else payments.filter(status__in=group.statuses)

    def get_context_data(self, **context: Any) -> dict[str, Any]:  # Any: whatever a template is given
        """Add the filters, and the chosen one."""
        return super().get_context_data(groups=GROUPS, chosen=self.request.GET.get("status", ""), **context)


class IconView(RedirectView):
    """Redirects a browser to our icon if a page names none."""

    def get_redirect_url(self, *_args: object, **_named: object) -> str:
        """Return its address, which may change with every release."""
        return static("pages/icon.svg")
