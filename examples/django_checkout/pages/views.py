"""What a customer has bought and paid."""

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
    """The customer's orders, the newest first; it is also where one starts."""

    template_name = "pages/orders.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Order]":
        """Say of each order how far it is."""
        attempts = Payment.objects.filter(order=OuterRef("pk"))
        return Order.objects.filter(user=customer_of(self.request)).annotate(
            is_open=Exists(attempts.filter(status__in=OPEN)),
            in_doubt=Exists(attempts.filter(Q(needs_attention=True) | Q(refund_due=True))),
            # Where the order is not paid, a person found no money: nobody is asked for it a second time.
            came_to_nothing=Exists(attempts.filter(status=Status.SUCCESS)),
        )


@method_decorator([login_required, never_cache], name="dispatch")
class HistoryView(ListView):
    """The customer's payments, the newest first; ``?status=`` chooses among them."""

    template_name = "pages/history.html"
    context_object_name = "payments"
    paginate_by = 20

    def get_queryset(self) -> "QuerySet[Payment]":
        """Choose, and say of each which attempt the page of its order shows; no group of ours chooses nothing."""
        last = Payment.objects.filter(order=OuterRef("order")).values("key")[:1]
        payments = (
            Payment.objects.filter(user=customer_of(self.request))
            .select_related("order")
            .annotate(shown=Coalesce("order__paid_by_id", Subquery(last)))
        )
        group = GROUPS.get(self.request.GET.get("status", ""))
        return payments if group is None else payments.filter(status__in=group.statuses)

    def get_context_data(self, **context: Any) -> dict[str, Any]:  # Any: whatever a template is given
        """Add the groups, and which is chosen."""
        return super().get_context_data(groups=GROUPS, chosen=self.request.GET.get("status", ""), **context)


class IconView(RedirectView):
    """Leads browsers to our icon from where they look for one, on pages that name none."""

    def get_redirect_url(self, *_args: object, **_named: object) -> str:
        """Give its address, which may change with every release."""
        return static("pages/icon.svg")
