from apps.prices.archive.api import BulkView
from mtgintel.core.api.routing import route

from . import views
from .service import StatusView
from .status import DataStreamsView

urlpatterns = [
    *route("data/bulk", BulkView.as_view(), "api-data-bulk"),
    *route("status", StatusView.as_view(), "api-status"),
    *route("data/streams", DataStreamsView.as_view(), "api-data-streams"),
    *route("cards", views.CardListView.as_view(), "api-card-list"),
    *route("cards/<str:card_id>", views.CardDetailView.as_view(), "api-card-detail"),
    *route(
        "cards/<str:card_id>/prices", views.CardPricesView.as_view(), "api-card-prices"
    ),
    *route(
        "cards/<str:card_id>/history",
        views.CardHistoryView.as_view(),
        "api-card-history",
    ),
]
