"""The login pages of customers and of the admin, with the same rate limits as the API."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse

from pages.errors import too_many
from pages.throttle import too_often
from payments.api.throttle import TOO_OFTEN

__all__ = ["LoginView", "admin_login"]


class LoginView(views.LoginView):
    """Lets a customer in by e-mail address and password."""

    template_name = "pages/login.html"
    redirect_authenticated_user = True
    throttle_scope = "login_of_address"
    throttle_scope_by_name = "login"
    throttle_scope_of_account = "login_of_account"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Any: as Django has it
        """Check the password, unless there were too many attempts."""
        if too_often(request, self):
            unread = self.get_form_class()(request)
            return self.render_to_response(self.get_context_data(form=unread, fault=TOO_OFTEN), status=429)
        return super().post(request, *args, **kwargs)


def admin_login(request: HttpRequest) -> HttpResponse:
    """Log staff into the admin as Django does, with the limits of customers."""
    if request.method == "POST" and too_often(request, LoginView()):
        return too_many(request)
    return admin.site.login(request)
