from apps.inventory import converters  # noqa: F401 (registers what is used below)
from mtgintel.core.api.routing import route

from .views import holdings, imports, lots, portfolio, wants

urlpatterns = [
    *route("inventory", holdings.HoldingsView.as_view(), "api-inventory"),
    *route(
        "inventory/value", holdings.HoldingsValueView.as_view(), "api-inventory-value"
    ),
    *route(
        "inventory/history", portfolio.HistoryView.as_view(), "api-inventory-history"
    ),
    *route(
        "inventory/allocation",
        portfolio.AllocationView.as_view(),
        "api-inventory-allocation",
    ),
    *route(
        "inventory/activity",
        portfolio.ActivityView.as_view(),
        "api-inventory-activity",
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
    *route("inventory/want-list", wants.WantListView.as_view(), "api-want-list"),
    *route("inventory/want-list/<int:want_id>", wants.WantView.as_view(), "api-want"),
    *route("inventory/lots", lots.LotsView.as_view(), "api-inventory-lots"),
    *route("inventory/lots/bulk", lots.BulkView.as_view(), "api-inventory-bulk"),
    *route("inventory/lots/<int:lot_id>", lots.LotView.as_view(), "api-inventory-lot"),
    *route(
        "inventory/lots/<int:lot_id>/disposals",
        lots.LotDisposalsView.as_view(),
        "api-inventory-dispose",
    ),
    *route(
        "inventory/disposals", lots.DisposalsView.as_view(), "api-inventory-disposals"
    ),
    *route(
        "inventory/disposals/<int:disposal_id>",
        lots.DisposalView.as_view(),
        "api-inventory-disposal",
    ),
    *route(
        "inventory/changes/<int:change_id>/undo",
        lots.UndoView.as_view(),
        "api-inventory-undo",
    ),
]
