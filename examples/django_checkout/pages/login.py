"""The page on which a customer logs in."""

from typing import Any

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse

from pages.throttle import too_often
from payments.api.throttle import TOO_OFTEN

__all__ = ["LoginView"]


class LoginView(views.LoginView):
    """Lets a customer in by e-mail address and password, tried no oftener than through the API."""

    template_name = "pages/login.html"
    redirect_authenticated_user = True
    throttle_scope = "login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Any: as Django has it
        """Try the password, unless too many were tried."""
        if too_often(request, self):
            unread = self.get_form_class()(request)
            return self.render_to_response(self.get_context_data(form=unread, fault=TOO_OFTEN), status=429)
        return super().post(request, *args, **kwargs)
