from django.apps import AppConfig


class SettingsConfig(AppConfig):
    name = "apps.settings"
    label = "preferences"
    default_auto_field = "django.db.models.BigAutoField"
