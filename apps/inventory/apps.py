from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "apps.inventory"
    label = "inventory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from mtgintel.core import (
            activity,
            card_merges,
            derived,
            events,
            holdings,
            panels,
        )

        from .selectors.activity import disposals_told, imports_told, lots_told
        from .selectors.lots import held_card_ids
        from .selectors.topics import inventory_topic_snapshot, is_own_collection
        from .services.history import push_followed, update_values
        from .services.merges import follow_merges
        from .services.wants import follow_merged_cards
        from .want_pages import card_panel

        holdings.register(held_card_ids)
        card_merges.register(follow_merges)
        card_merges.register(follow_merged_cards)
        panels.register(
            "card", "wants", template="inventory/want_panel.html", data=card_panel
        )
        activity.register("import", imports_told)
        activity.register("lot", lots_told)
        activity.register("disposal", disposals_told)
        events.register_topic(
            "inventory",
            message="inventory_update",
            snapshot=inventory_topic_snapshot,
            authorize=is_own_collection,
        )
        derived.register("followed collections", lambda start, end: push_followed())
        derived.register(
            "portfolio values",
            update_values,
            tables=("portfolio_values",),
            in_background=True,
        )
