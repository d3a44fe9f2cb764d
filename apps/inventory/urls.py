from django.urls import path

from . import converters  # noqa: F401 (registers what is used below)
from .views import collection, imports, lots, portfolio, sales, wants

app_name = "inventory"
urlpatterns = [
    path("inventory/", collection.collection, name="collection"),
    path("inventory/bulk/", lots.bulk, name="bulk"),
    path("inventory/add/", lots.find, name="find-card"),
    path("inventory/add/<str:card_id>/", lots.add, name="add-lot"),
    path("inventory/lots/<int:lot_id>/", lots.lot, name="lot"),
    path("inventory/lots/<int:lot_id>/inline/", lots.inline, name="inline"),
    path("inventory/lots/<int:lot_id>/sell/", lots.sell, name="sell"),
    path("inventory/lots/<int:lot_id>/split/", lots.split, name="split"),
    path("inventory/lots/<int:lot_id>/clone/", lots.clone, name="clone"),
    path("inventory/lots/<int:lot_id>/delete/", lots.delete, name="delete-lot"),
    path("inventory/changes/<int:change_id>/undo/", lots.undo, name="undo"),
    path("inventory/sales/", sales.sales, name="sales"),
    path("inventory/sales.csv", sales.sales_csv, name="sales-csv"),
    path("inventory/sales/<int:disposal_id>/undo/", sales.undo_sale, name="undo-sale"),
    path("inventory.csv", collection.collection_csv, name="collection-csv"),
    path("portfolio/", portfolio.portfolio, name="portfolio"),
    path("inventory/import/", imports.imports, name="imports"),
    path("inventory/import/<int:batch_id>/", imports.batch_detail, name="import"),
    path("inventory/import/<int:batch_id>/read/", imports.read_again, name="read"),
    path(
        "inventory/import/<int:batch_id>/left-out.csv",
        imports.left_out,
        name="left-out",
    ),
    path(
        "inventory/import/<int:batch_id>/<page_action:action>/", imports.act, name="act"
    ),
    path("inventory/import/rows/<int:row_id>/", imports.settle, name="settle"),
    path("inventory/export/", collection.export, name="export"),
    path("inventory/wants/", wants.wants, name="wants"),
    path("inventory/wants.csv", wants.wants_csv, name="wants-csv"),
    path("inventory/wants/new/<int:card_id>/", wants.new_want, name="new-want"),
    path("inventory/wants/<int:want_id>/", wants.want, name="want"),
    path("inventory/wants/<int:want_id>/remove/", wants.drop_want, name="drop-want"),
]
