from django.urls import register_converter

from mtgintel.core.api.routing import route

from . import views


class ActionConverter:
    """What can be done with an import."""

    regex = "commit|cancel|undo"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ActionConverter, "import_action")

urlpatterns = [
    *route("inventory/import", views.ImportsView.as_view(), "api-inventory-import"),
    *route(
        "inventory/import/<int:batch_id>",
        views.ImportView.as_view(),
        "api-inventory-import-status",
    ),
    *route(
        "inventory/import/<int:batch_id>/<import_action:action>",
        views.ImportActionView.as_view(),
        "api-inventory-import-action",
    ),
    *route("inventory/export", views.ExportView.as_view(), "api-inventory-export"),
]
