from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "apps.signals"
    label = "signals"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from mtgintel.core import derived, panels

        from .pages import card_signals
        from .services import catch_up_signals

        derived.register(
            "signals", catch_up_signals, tables=("signals",), in_background=True
        )
        panels.register(
            "card", "signals", template="signals/card_panel.html", data=card_signals
        )
