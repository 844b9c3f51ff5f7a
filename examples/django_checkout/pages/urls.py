"""The address map of pages."""

urlpatterns: list[object] = []
