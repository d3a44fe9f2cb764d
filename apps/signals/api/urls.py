from mtgintel.core.api.routing import route

from . import views

urlpatterns = [
    *route("signals", views.SignalsView.as_view(), "api-signals"),
    *route("signals/kinds", views.SignalKindsView.as_view(), "api-signal-kinds"),
    *route(
        "cards/<str:card_id>/signals",
        views.CardSignalsView.as_view(),
        "api-card-signals",
    ),
]
