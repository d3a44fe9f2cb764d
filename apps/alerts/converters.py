"""Words that stand in addresses."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class AlertAction(StringConverter):
    """What can be done with an alert."""

    regex = "pause|resume|snooze|rearm|test|delete"


class ApiAction(StringConverter):
    """The same for scripts; to delete it they say DELETE."""

    regex = "pause|resume|snooze|rearm|test"


register_converter(AlertAction, "alert_action")
register_converter(ApiAction, "alert_api_action")
