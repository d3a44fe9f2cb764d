from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mtgintel.core"
    label = "core"
