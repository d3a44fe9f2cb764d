from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "apps.recommendations"
    label = "recommendations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mtgintel.core import derived

        from .services import catch_up_recommendations

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
