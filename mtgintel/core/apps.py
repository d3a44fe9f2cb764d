from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mtgintel.core"
    label = "core"

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .memory import return_large_blocks

        return_large_blocks()
