from django.urls import path

from . import (
    converters,  # noqa: F401 (registers what is used below)
    views,
)

app_name = "inventory"
urlpatterns = [
    path("inventory/", views.collection, name="collection"),
    path("inventory.csv", views.collection_csv, name="collection-csv"),
    path("inventory/import/", views.imports, name="imports"),
    path("inventory/import/<int:batch_id>/", views.batch_detail, name="import"),
    path("inventory/import/<int:batch_id>/read/", views.read_again, name="read"),
    path(
        "inventory/import/<int:batch_id>/left-out.csv", views.left_out, name="left-out"
    ),
    path(
        "inventory/import/<int:batch_id>/<page_action:action>/", views.act, name="act"
    ),
    path("inventory/import/rows/<int:row_id>/", views.settle, name="settle"),
    path("inventory/export/", views.export, name="export"),
]
