from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "apps.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mtgintel.core import activity, card_merges, derived, events, panels

        from .panels import card_panel
        from .selectors.activity import alerts_told
        from .selectors.topics import alerts_topic_snapshot, is_own_topic
        from .services.merges import follow_merges
        from .tasks import evaluate_after_ingest

        events.register_topic(
            "alerts",
            message="alert",
            snapshot=alerts_topic_snapshot,
            authorize=is_own_topic,
        )
        # After signals and recommendations, whose apps come before this one.
        derived.register("alerts", evaluate_after_ingest, in_background=True)
        card_merges.register(follow_merges)
        activity.register("alert", alerts_told)
        panels.register(
            "card", "alerts", template="alerts/card_panel.html", data=card_panel
        )
