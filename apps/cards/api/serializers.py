"""Printings as JSON."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.cards.models import Card
from mtgintel.core.constants import Finish, Language, Rarity


class PrintingSerializer(serializers.Serializer):
    """A printing in short. `set` is the lower-case code."""

    id = serializers.IntegerField()
    scryfall_id = serializers.UUIDField()
    oracle_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    set = serializers.CharField(source="set_code")
    set_name = serializers.SerializerMethodField()
    collector_number = serializers.CharField()
    language = serializers.ChoiceField(Language.choices)
    rarity = serializers.ChoiceField(Rarity.choices)
    finishes = serializers.ListField(child=serializers.ChoiceField(Finish.choices))
    colors = serializers.ListField(child=serializers.CharField())
    released_on = serializers.DateField(allow_null=True)
    image_uri = serializers.CharField()

    @extend_schema_field(str)
    def get_set_name(self, card: Card) -> str:
        return card.card_set.name if card.card_set else ""


class FaceSerializer(serializers.Serializer):
    name = serializers.CharField()
    mana_cost = serializers.CharField(default="")
    type_line = serializers.CharField(default="")
    oracle_text = serializers.CharField(default="")
    image_uri = serializers.CharField(default="")


class CardSerializer(PrintingSerializer):
    """A printing in full; `faces` is empty when it has one."""

    lang_code = serializers.CharField()
    layout = serializers.CharField()
    games = serializers.ListField(child=serializers.CharField())
    color_identity = serializers.ListField(child=serializers.CharField())
    mana_cost = serializers.CharField()
    mana_value = serializers.FloatField(allow_null=True)
    type_line = serializers.CharField()
    oracle_text = serializers.CharField()
    faces = FaceSerializer(many=True)
    legalities = serializers.DictField(child=serializers.CharField())
    promo_types = serializers.ListField(child=serializers.CharField())
    frame_effects = serializers.ListField(child=serializers.CharField())
    border_color = serializers.CharField()
    artist = serializers.CharField()
    edhrec_rank = serializers.IntegerField(allow_null=True)
    is_digital = serializers.BooleanField()
    is_full_art = serializers.BooleanField()
    is_promo = serializers.BooleanField()
    is_reprint = serializers.BooleanField()
    is_reserved = serializers.BooleanField()
    removed_at = serializers.DateTimeField(allow_null=True)


class NamesSerializer(serializers.Serializer):
    """Card names, each once, the best match first."""

    names = serializers.ListField(child=serializers.CharField())
