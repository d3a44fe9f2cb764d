from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "mtgintel.core"
    label = "core"

    def ready(self) -> None:
        from . import checks, troubles  # noqa: F401
        from .memory import return_large_blocks
        from .metrics import service, tasks  # noqa: F401

        return_large_blocks()
        service.register()
        troubles.register()
