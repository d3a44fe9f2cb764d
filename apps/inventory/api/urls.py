from apps.inventory import converters  # noqa: F401 (registers what is used below)
from mtgintel.core.api.routing import route

from . import views

urlpatterns = [
    *route("inventory", views.HoldingsView.as_view(), "api-inventory"),
    *route("inventory/value", views.HoldingsValueView.as_view(), "api-inventory-value"),
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
