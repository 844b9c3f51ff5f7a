"""Error responses: a page for people, JSON for programs that call the API."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from payments.api.throttle import TOO_OFTEN

__all__ = ["bad_request", "forbidden", "not_found", "server_error", "too_many"]


def _answering(status: int, title: str, detail: str) -> Callable[..., HttpResponse]:
    def answer(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        del exception  # it is for the log
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": detail}, status=status)
        # Without the request, so this page uses neither the session nor the database.
        return HttpResponse(render_to_string("pages/error.html", {"title": title, "detail": detail}), status=status)

    return answer


bad_request = _answering(400, "That did not arrive in one piece", "We could not read this request. Please try again.")
forbidden = _answering(403, "Not for you", "You may not see this.")
not_found = _answering(404, "Nothing here", "There is nothing at this address, or it is not yours.")
too_many = _answering(429, "Too often", TOO_OFTEN)
server_error = _answering(
    500, "That is our mistake", "Something went wrong on our side. Please try again in a little while."
)
