from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "apps.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mtgintel.core import activity, derived, events, facts, panels

        from .api.serializers import AdviceSerializer
        from .pages import card_advice, home_advice
        from .selectors import (
            first_advice,
            recommendations_topic_snapshot,
            standing_advice,
        )
        from .selectors.activity import advice_told
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
        facts.register(
            "card",
            "recommendation",
            find=lambda card: first_advice(card.pk),
            serializer=AdviceSerializer,
        )
        facts.register(
            "card",
            "recommendations",
            find=lambda card: standing_advice(card.pk),
            serializer=AdviceSerializer,
            many=True,
        )

        activity.register("advice", advice_told)
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
