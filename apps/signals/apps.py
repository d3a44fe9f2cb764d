from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "apps.signals"
    label = "signals"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from mtgintel.core import derived, facts, panels

        from .api.serializers import SignalSerializer
        from .pages import card_signals
        from .selectors import current_signals
        from .services import catch_up_outcomes, catch_up_signals

        derived.register(
            "signals", catch_up_signals, tables=("signals",), in_background=True
        )
        derived.register(
            "signal_outcomes",
            catch_up_outcomes,
            tables=("signal_outcomes",),
            in_background=True,
        )
        panels.register(
            "card", "signals", template="signals/card_panel.html", data=card_signals
        )
        facts.register(
            "card",
            "signals",
            find=lambda card: current_signals(card.pk),
            serializer=SignalSerializer,
            many=True,
        )
