"""How e-mail goes out, whichever release of Django it is."""

from django.conf import LazySettings

__all__ = ["send_mail_by"]


def send_mail_by(settings: LazySettings, backend: str) -> str:
    """Have e-mail go out by another backend; give the one before."""
    mailers: dict[str, dict[str, str]] | None = getattr(settings, "MAILERS", None)
    if mailers is None:
        before, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, backend
        return before
    setattr(settings, "MAILERS", {"default": {"BACKEND": backend}})  # noqa: B010 - the types are of a release without it
    return mailers["default"]["BACKEND"]
