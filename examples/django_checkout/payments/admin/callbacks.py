"""The bodies of callbacks, with customers' numbers masked."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from daraja.errors import DarajaError
from daraja.values.phone import mask_numbers
from payments.admin.rights import LookAndDecide
from payments.models import CallbackRecord, Payment
from payments.mpesa import checkout

__all__ = ["CallbackAdmin", "all_of"]


def all_of(payment: Payment, /) -> SafeString | str:
    """Show every callback that came to the address of a payment."""
    came = CallbackRecord.objects.filter(key=payment.key, environment=payment.environment, shortcode=payment.shortcode)
    rows = [(_when(one), one.remote_ip or "an unknown address", _note(one), _body(one)) for one in came]
    shown = format_html_join("", "<p>{} from {}: {}</p><pre>{}</pre>", rows)
    return format_html('<div class="payments-bodies">{}</div>', shown) if rows else "none"


@admin.register(CallbackRecord)
class CallbackAdmin(LookAndDecide, admin.ModelAdmin):
    """Shows callbacks, especially those that belong to no payment."""

    list_display = ("received_at", "key", "remote_ip", "became")
    list_filter = (("note", admin.EmptyFieldListFilter), "received_at", "environment")
    search_fields = ("=key",)
    actions = ("dismiss",)
    fields = ("received_at", "remote_ip", "key", "environment", "shortcode", "became", "masked_body")
    readonly_fields = ("became", "masked_body")

    @admin.display(description="what became of it", ordering="note")
    def became(self, callback: CallbackRecord) -> str:
        """Give the note."""
        return _note(callback)

    @admin.display(description="body")
    def masked_body(self, callback: CallbackRecord) -> SafeString:
        """Give the body."""
        return format_html('<div class="payments-bodies"><pre>{}</pre></div>', _body(callback))

    @admin.action(description="Dismiss: it belongs to no payment of ours", permissions=["resolve"])
    def dismiss(self, request: HttpRequest, queryset: "QuerySet[CallbackRecord]") -> None:
        """Dismiss callbacks that a person has checked."""
        for callback in queryset:
            try:
                checkout().dismiss(str(callback.pk), note=f"looked at by {request.user}")
            except DarajaError as error:
                self.message_user(request, f"{callback}: {error}", messages.WARNING)
            else:
                self.message_user(request, f"{callback} is dismissed.", messages.SUCCESS)

    @non_atomic_requests  # the store's transactions are its own
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Show the list, and run actions."""
        return super().changelist_view(request, extra_context)

    class Media:
        """Lets long lines break."""

        css = {"all": ["payments/admin.css"]}


def _when(callback: CallbackRecord) -> str:
    return f"{localtime(callback.received_at):%d %B %Y, %H:%M:%S}"


def _note(callback: CallbackRecord) -> str:
    return "not processed yet" if callback.note is None else mask_numbers(callback.note)


def _body(callback: CallbackRecord) -> str:
    return mask_numbers(bytes(callback.body).decode(errors="replace"))
