from django.urls import path

from . import converters  # noqa: F401 (registers what is used below)
from .views import deliveries, rules

app_name = "alerts"
urlpatterns = [
    path("alerts/", rules.index, name="list"),
    path("alerts/new/", rules.new, name="new"),
    path("alerts/seen/", rules.seen, name="seen"),
    path("alerts/log/", deliveries.log, name="log"),
    path("alerts/deliveries/", deliveries.deliveries, name="deliveries"),
    path("alerts/settings/", deliveries.settings, name="settings"),
    path("alerts/settings/secret/", deliveries.new_secret, name="new-secret"),
    path("alerts/unsubscribe/<str:token>/", deliveries.end_letters, name="unsubscribe"),
    path("alerts/<int:alert_id>/", rules.edit, name="edit"),
    path("alerts/<int:alert_id>/<alert_action:action>/", rules.act, name="act"),
]
