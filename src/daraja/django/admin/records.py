"""The common part of the admin of every kind of record: lists, the page of one record, and its buttons."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from daraja.django.admin.callbacks import callbacks_of, shown_time
from daraja.django.admin.rights import LookAndDecide, may
from daraja.django.apps import this_app
from daraja.django.base_models import AbstractCallback, AbstractHistoryEntry
from daraja.django.conf import outside_transactions
from daraja.errors import DarajaError, RateLimited, RecordUnreadable
from daraja.ledger import Ledger
from daraja.values.secret import mask_numbers

Page = Callable[["RecordAdmin", HttpRequest, str], HttpResponse]
"""A page about one record, which is named by its key."""


class RecordAdmin(LookAndDecide, admin.ModelAdmin):
    """Shows all that is known of a record. A kind adds its columns, its search and its pages."""

    history_model: ClassVar[type[AbstractHistoryEntry]]
    callback_model: ClassVar[type[AbstractCallback]]
    pages: ClassVar[Mapping[str, Page]] = {}
    """The pages about one record, by the last part of their address."""
    resolve_form: ClassVar[type[Form]]
    resolve_template: ClassVar[str]

    change_form_template = "admin/daraja/change_form.html"

    class Media:
        """Highlights the records that need a person."""

        css = {"all": ["daraja/admin.css"]}

    @abstractmethod
    def face(self) -> Any:  # Any: ``Checkout`` and its like, and below a row of the kind
        """Return the object that asks Daraja about our records and stores decisions."""
        ...

    @abstractmethod
    def ledger(self) -> Ledger[Any]:
        """Return the ledger that stores decisions about records of an account that this project has left."""
        ...

    def decider(self, row: Any) -> Any:
        """Return the object that stores a person's decision about a record."""
        return self.face() if row.record.account == this_app().account else self.ledger()

    def buttons(self, request: HttpRequest, row: Any) -> Iterable[str]:
        """Return the names of the pages that this person may open now."""
        del row
        return ["resolve"] if self.has_resolve_permission(request) else []

    def get_search_results(
        self, _: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Search in the columns that this kind of record is found by."""
        term = search_term.strip().replace("\0", "")
        return (queryset.filter(self.matching(term)) if term else queryset), False

    @abstractmethod
    def matching(self, term: str) -> Q:
        """Return the condition for the records that a person looks for with these words."""
        ...

    @admin.display(description="amount", ordering="amount")
    def kes(self, row: Any) -> str:
        """Return the amount."""
        return f"KES {row.amount:,}"

    @admin.display(description="to do")
    def to_do(self, row: Any) -> SafeString | str:
        """Return what a person has to do."""
        marks = [(what,) for what in self.work_left(row)]
        return format_html_join(" ", '<span class="daraja-todo">{}</span>', marks) or "-"

    def work_left(self, row: Any) -> Iterable[str]:
        """Return what a person has to do, in words."""
        return ["decide"] if row.needs_attention else []

    @admin.display(description="result")
    def result(self, row: Any) -> str:
        """Return Safaricom's code and words, and where they come from."""
        record = row.record
        said = f"{record.result_code or 'none yet'} {record.result_description}".rstrip()
        return mask_numbers(f"{said} (from: {record.decided_by})" if record.decided_by else said)

    @admin.display(description="contradictions")
    def conflicts(self, row: Any) -> str:
        """Return the facts that contradict the known ones."""
        return mask_numbers(", ".join(sorted(row.record.conflicts))) or "-"

    @admin.display(description="decided by a person")
    def resolution(self, row: Any) -> str:
        """Return the decision, who made it and why."""
        decision = row.record.resolution
        if decision is None:
            return "-"
        return mask_numbers(f"{'paid' if decision.paid else 'not paid'}, says {decision.by}: {decision.note}")

    @admin.display(description="history")
    def history(self, row: Any) -> SafeString | str:
        """Return every change, the oldest first."""
        entries = self.history_model._default_manager.filter(key=row.key)
        lines = [
            (shown_time(entry.at), entry.event, entry.before, entry.after, mask_numbers(entry.by),
             mask_numbers(entry.note))
            for entry in entries
        ]  # fmt: skip
        head = "<tr><th>when</th><th>what</th><th>before</th><th>after</th><th>who</th><th>note</th></tr>"
        shown = format_html_join(
            "", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", lines
        )
        return format_html("<table>{}{}</table>", SafeString(head), shown) if lines else "-"

    @admin.display(description="callbacks")
    def callbacks(self, row: Any) -> SafeString | str:
        """Return every callback body of the record."""
        return callbacks_of(self.callback_model, row.key)

    @admin.action(description="Ask Daraja now", permissions=["view"])
    def query(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Query the selected records until Daraja's rate limit is reached."""
        for row in queryset:
            try:
                transition = self.face().refresh(row.key)
            except RateLimited as error:
                self.message_user(request, f"{row}: {error}", messages.WARNING)
                break
            except DarajaError as error:
                self.message_user(request, f"{row}: {error}", messages.WARNING)
            else:
                how = "is still" if transition.before.status is transition.after.status else "is now"
                self.message_user(request, f"{row} {how} {transition.after.status}.", messages.INFO)

    @admin.action(description="Resolve: decide after looking at the statement", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Open the page on which one record is decided."""
        if queryset.count() == 1:
            return redirect(self.url_of("resolve", queryset.get().key))
        self.message_user(request, f"Resolve one {self.opts.verbose_name} at a time.", messages.WARNING)
        return None

    def get_urls(self) -> list[URLPattern]:
        """Add the pages about one record."""
        own = []
        for name, page in self.pages.items():
            view = self.admin_site.admin_view(outside_transactions(partial(self._open, page)))
            own.append(path(f"<slug:key>/{name}/", view, name=f"{self._name}_{name}"))
        return [*own, *super().get_urls()]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return a row, with its whole phone number for staff with the permission."""
        row: Any = super().get_object(request, object_id, from_field)
        if row is not None:
            row.phone_is_shown = may(request, "see_phone")  # for this page alone
        return row

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show a record, with a button for each page that this person may open."""
        row = self.get_object(request, object_id)
        try:
            names = self.buttons(request, row) if row and row.record else ()
        except RecordUnreadable as error:
            return self._back_to_list(request, error)
        buttons = [(name.replace("-", " ").capitalize(), self.url_of(name, object_id)) for name in names]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "buttons": buttons})

    def shown(self, request: HttpRequest, template: str, title: str, **context: object) -> HttpResponse:
        """Return a page of this admin."""
        every = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "media": self.media}
        return TemplateResponse(request, f"admin/daraja/{template}.html", {**every, **context})

    def back_to(self, key: str, /) -> HttpResponse:
        """Return to the page of a record."""
        return redirect(self.url_of("change", key))

    def _open(self, page: Page, request: HttpRequest, key: str) -> HttpResponse:
        try:
            return page(self, request, key)
        except RecordUnreadable as error:
            return self._back_to_list(request, error)

    def _back_to_list(self, request: HttpRequest, error: RecordUnreadable) -> HttpResponse:
        self.message_user(request, str(error), messages.ERROR)
        return redirect(f"admin:{self._name}_changelist")

    def url_of(self, name: str, key: str, /) -> str:
        """Return the address of a page about a record."""
        return reverse(f"admin:{self._name}_{name}", args=[key])

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"
