"""The bodies of callbacks, with customers' numbers masked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime

from daraja import Payout
from daraja.django import checkout
from daraja.django.admin.rights import LookAndDecide, may_pay_out
from daraja.django.apps import this_app
from daraja.django.base_models import AbstractCallback
from daraja.django.conf import outside_transactions
from daraja.django.models import Callback, PayoutCallback
from daraja.errors import DarajaError
from daraja.ledger import Ledger
from daraja.values.secret import mask_numbers


def callbacks_of(model: type[AbstractCallback], key: str, /) -> SafeString | str:
    """Show every callback that came to the addresses of a record."""
    came: Iterable[AbstractCallback] = model._default_manager.filter(key=key)
    lines = [
        (shown_time(one.received_at), one.remote_ip or "an unknown address", _note(one), _body(one)) for one in came
    ]
    shown = format_html_join("", "<p>{} from {}: {}</p><pre>{}</pre>", lines)
    return format_html('<div class="daraja-bodies">{}</div>', shown) if lines else "none"


@admin.register(Callback)
@method_decorator(outside_transactions, name="changelist_view")  # the store's transactions are its own
class CallbackAdmin(LookAndDecide, admin.ModelAdmin):
    """Shows callbacks, above all those that belong to nothing."""

    list_display = ("received_at", "key", "remote_ip", "outcome")
    list_filter = ("processed", "received_at", "environment")
    search_fields = ("=key",)
    actions = ("dismiss",)
    fields = ("received_at", "remote_ip", "purpose", "key", "environment", "shortcode", "outcome", "masked_body")
    readonly_fields = ("outcome", "masked_body")

    class Media:
        """Lets long lines break."""

        css = {"all": ["daraja/admin.css"]}

    def ledger(self) -> Ledger[Any]:  # Any: records of the kind that the callbacks are about
        """Return the object that dismisses them."""
        return Ledger(checkout().store)

    @admin.display(description="what became of it", ordering="note")
    def outcome(self, callback: AbstractCallback) -> str:
        """Give the note."""
        return _note(callback)

    @admin.display(description="body")
    def masked_body(self, callback: AbstractCallback) -> SafeString:
        """Give the body."""
        return format_html('<div class="daraja-bodies"><pre>{}</pre></div>', _body(callback))

    @admin.action(description="Dismiss: it belongs to nothing of ours", permissions=["resolve"])
    def dismiss(self, request: HttpRequest, queryset: "QuerySet[AbstractCallback]") -> None:
        """Dismiss callbacks that a person has looked at."""
        for callback in queryset:
            try:
                self.ledger().dismiss(str(callback.pk), note=f"looked at by {request.user.get_username()}")
            except DarajaError as error:
                self.message_user(request, f"{callback}: {error}", messages.WARNING)
            else:
                self.message_user(request, f"{callback} is dismissed.", messages.SUCCESS)


@admin.register(PayoutCallback)
class PayoutCallbackAdmin(CallbackAdmin):
    """Shows callbacks about payouts."""

    def ledger(self) -> Ledger[Payout]:
        """Return the object that dismisses them."""
        return this_app().payout_ledger

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Return whether this person may decide about payouts."""
        return may_pay_out(request, "resolve")


def shown_time(moment: datetime, /) -> str:
    """Write when something happened, in the zone of the settings."""
    return f"{localtime(moment) if is_aware(moment) else moment:%d %B %Y, %H:%M:%S}"


def _note(callback: AbstractCallback) -> str:
    return mask_numbers(callback.note) if callback.processed else "not processed yet"


def _body(callback: AbstractCallback) -> str:
    return mask_numbers(bytes(callback.body).decode(errors="replace"))
