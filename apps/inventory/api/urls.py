from apps.inventory import converters  # noqa: F401 (registers what is used below)
from mtgintel.core.api.routing import route

from .views import holdings, imports

urlpatterns = [
    *route("inventory", holdings.HoldingsView.as_view(), "api-inventory"),
    *route(
        "inventory/value", holdings.HoldingsValueView.as_view(), "api-inventory-value"
    ),
    *route("inventory/import", imports.ImportsView.as_view(), "api-inventory-import"),
    *route(
        "inventory/import/<int:batch_id>",
        imports.ImportView.as_view(),
        "api-inventory-import-status",
    ),
    *route(
        "inventory/import/<int:batch_id>/<import_action:action>",
        imports.ImportActionView.as_view(),
        "api-inventory-import-action",
    ),
    *route("inventory/export", holdings.ExportView.as_view(), "api-inventory-export"),
]
