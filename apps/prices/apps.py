from django.apps import AppConfig


class PricesConfig(AppConfig):
    name = "apps.prices"
    label = "prices"
    default_auto_field = "django.db.models.AutoField"
