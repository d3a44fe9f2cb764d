from django.urls import path

from . import converters  # noqa: F401 (registers what is used below)
from .views import collection, imports

app_name = "inventory"
urlpatterns = [
    path("inventory/", collection.collection, name="collection"),
    path("inventory.csv", collection.collection_csv, name="collection-csv"),
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
]
