from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"
    label = "inventory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mtgintel.core import card_merges, holdings

        from .selectors.lots import held_card_ids
        from .services.merges import follow_merges

        holdings.register(held_card_ids)
        card_merges.register(follow_merges)
