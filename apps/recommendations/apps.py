from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "apps.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mtgintel.core import derived, events, panels

        from .pages import card_advice, home_advice
        from .selectors import recommendations_topic_snapshot
        from .services import catch_up_recommendations

        events.register_topic(
            "recommendations",
            message="recommendations_update",
            snapshot=recommendations_topic_snapshot,
        )
        panels.register(
            "card",
            "recommendations",
            template="recommendations/card_panel.html",
            data=card_advice,
        )
        panels.register(
            "home",
            "recommendations",
            template="recommendations/home_panel.html",
            data=home_advice,
        )

        derived.register(
            "recommendations",
            catch_up_recommendations,
            tables=(
                "recommendations",
                "recommendation_closings",
                "recommendation_outcomes",
                "recommendation_ledger",
            ),
            in_background=True,
        )
