from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "apps.cards"
    label = "cards"
    default_auto_field = "django.db.models.AutoField"
