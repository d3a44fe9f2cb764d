from apps.alerts import converters  # noqa: F401 (registers what is used below)
from mtgintel.core.api.routing import route

from .views import alerts

urlpatterns = [
    *route("alerts", alerts.AlertsView.as_view(), "api-alerts"),
    *route("alerts/log", alerts.AlertLogView.as_view(), "api-alerts-log"),
    *route("alerts/<int:alert_id>", alerts.AlertView.as_view(), "api-alert"),
    *route(
        "alerts/<int:alert_id>/<alert_api_action:action>",
        alerts.AlertActionView.as_view(),
        "api-alert-action",
    ),
]
