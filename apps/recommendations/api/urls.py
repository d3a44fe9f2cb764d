from mtgintel.core.api.routing import route

from . import views

urlpatterns = [
    *route(
        "recommendations", views.RecommendationsView.as_view(), "api-recommendations"
    ),
    *route(
        "recommendations/track-record",
        views.TrackRecordView.as_view(),
        "api-track-record",
    ),
    *route(
        "recommendations/mine",
        views.OwnRecommendationsView.as_view(),
        "api-own-recommendations",
    ),
    *route("recommendations/ledger", views.LedgerView.as_view(), "api-ledger"),
    *route(
        "recommendations/<int:pk>",
        views.RecommendationView.as_view(),
        "api-recommendation",
    ),
]
