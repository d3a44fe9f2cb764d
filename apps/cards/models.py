"""The catalogue: sets, printings and what every vendor calls them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from mtgintel.core.constants import Finish, Language, Rarity
from mtgintel.core.fields import EnumArrayField, EnumField

from .querysets import CardQuerySet


class CardSet(models.Model):
    """One release, identified by its lower-case code."""

    code = models.CharField(max_length=12, unique=True)
    scryfall_id = models.UUIDField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=200)
    set_type = models.CharField(max_length=40, blank=True)
    released_on = models.DateField(null=True, blank=True)
    parent_code = models.CharField(max_length=12, blank=True)
    card_count = models.IntegerField(default=0)
    is_digital = models.BooleanField(default=False)
    tcgplayer_group_id = models.IntegerField(null=True, blank=True)
    icon_uri = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "card_sets"
        ordering = ["-released_on", "code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code.upper()})"


class Card(models.Model):
    """One printing, as Scryfall's card object: a row per set, number and language.

    `oracle_id` is shared by all reprints (null on reversible cards, which carry
    one per face). `collector_number` is text. `finishes` lists the finishes this
    printing really exists in. A printing that Scryfall deleted keeps its history
    and gets `removed_at`.
    """

    scryfall_id = models.UUIDField(unique=True)
    oracle_id = models.UUIDField(null=True, blank=True, db_index=True)
    name = models.CharField(max_length=300)
    # Lower case, accents folded: what searches compare with.
    search_name = models.CharField(max_length=300)
    # The index on set and number serves the foreign key as well.
    card_set = models.ForeignKey(
        CardSet,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="cards",
    )
    collector_number = models.CharField(max_length=20, blank=True)
    language = EnumField(
        enum_type="card_language", choices=Language.choices, default=Language.ENGLISH
    )
    lang_code = models.CharField(max_length=8, default="en")
    rarity = models.CharField(max_length=16, choices=Rarity.choices, blank=True)
    layout = models.CharField(max_length=40, blank=True)
    finishes = EnumArrayField(
        EnumField(enum_type="card_finish", choices=Finish.choices), default=list
    )
    games = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    colors = ArrayField(models.CharField(max_length=1), default=list, blank=True)
    color_identity = ArrayField(
        models.CharField(max_length=1), default=list, blank=True
    )
    mana_cost = models.CharField(max_length=120, blank=True)
    mana_value = models.FloatField(null=True, blank=True)
    type_line = models.CharField(max_length=300, blank=True)
    oracle_text = models.TextField(blank=True)
    # [{name, mana_cost, type_line, oracle_text, image_uri}], empty when single-faced.
    faces = models.JSONField(default=list, blank=True)
    legalities = models.JSONField(default=dict, blank=True)
    promo_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    frame_effects = ArrayField(
        models.CharField(max_length=40), default=list, blank=True
    )
    border_color = models.CharField(max_length=20, blank=True)
    artist = models.CharField(max_length=200, blank=True)
    image_uri = models.CharField(max_length=300, blank=True)
    released_on = models.DateField(null=True, blank=True)
    edhrec_rank = models.IntegerField(null=True, blank=True)
    is_digital = models.BooleanField(default=False)
    is_full_art = models.BooleanField(default=False)
    is_promo = models.BooleanField(default=False)
    is_reprint = models.BooleanField(default=False)
    is_reserved = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = CardQuerySet.as_manager()

    class Meta:
        db_table = "cards"
        ordering = ["name", "-released_on", "id"]
        indexes = [
            GinIndex(
                OpClass("search_name", name="gin_trgm_ops"), name="cards_name_trgm"
            ),
            # Prefix and exact matches, in the order the results are shown.
            models.Index(
                OpClass("search_name", name="varchar_pattern_ops"),
                name="cards_name_prefix",
            ),
            models.Index(
                fields=["card_set", "collector_number"], name="cards_set_number"
            ),
            # The whole catalogue page by page.
            models.Index(
                F("name"),
                F("released_on").desc(nulls_last=True),
                F("id"),
                name="cards_in_order",
                condition=Q(removed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.set_code.upper()}) {self.collector_number}".strip()

    def get_absolute_url(self) -> str:
        return reverse("cards:detail", kwargs={"card_id": self.pk})

    @property
    def set_code(self) -> str:
        return self.card_set.code if self.card_set else ""


class IdentifierSource(models.TextChoices):
    """Whose id it is. A finish-specific id says so in `CardIdentifier.finish`."""

    MTGJSON = "mtgjson"
    TCGPLAYER = "tcgplayer"
    CARDMARKET = "cardmarket"
    CARDKINGDOM = "cardkingdom"
    MTGO = "mtgo"
    ARENA = "arena"
    MULTIVERSE = "multiverse"


class CardIdentifier(models.Model):
    """What a vendor calls a printing. Not unique: an id that names two printings is
    ambiguous, and a price that carries only such an id is rejected."""

    source = models.CharField(max_length=16, choices=IdentifierSource.choices)
    external_id = models.CharField(max_length=64)
    card = models.ForeignKey(Card, models.CASCADE, related_name="identifiers")
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, null=True, blank=True
    )

    class Meta:
        db_table = "card_identifiers"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id", "card", "finish"],
                name="card_identifiers_unique",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class CardMigration(models.Model):
    """A merge or deletion that Scryfall announced and we have carried out."""

    class Strategy(models.TextChoices):
        MERGE = "merge"
        DELETE = "delete"

    id = models.UUIDField(primary_key=True)
    performed_on = models.DateField()
    strategy = models.CharField(max_length=8, choices=Strategy.choices)
    old_scryfall_id = models.UUIDField()
    new_scryfall_id = models.UUIDField(null=True, blank=True)
    note = models.TextField(blank=True)
    applied_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "card_migrations"
        ordering = ["performed_on", "id"]

    def __str__(self) -> str:
        return f"{self.strategy} {self.old_scryfall_id}"


class SealedProduct(models.Model):
    """A product that is sold closed: a booster, a display, a deck.

    `contents` is what MTGJSON says is in it, as {kind: [{name, count, …}]}; empty where
    it says nothing. `category` is the word of whoever named it first. Each id names at
    most one product; a product known to two shops has both where MTGJSON joins them.
    """

    card_set = models.ForeignKey(
        CardSet,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="sealed_products",
    )
    name = models.CharField(max_length=300)
    category = models.CharField(max_length=60, blank=True)
    released_on = models.DateField(null=True, blank=True)
    contents = models.JSONField(default=dict, blank=True)
    mtgjson_uuid = models.UUIDField(unique=True, null=True, blank=True)
    tcgplayer_id = models.IntegerField(unique=True, null=True, blank=True)
    cardmarket_id = models.IntegerField(unique=True, null=True, blank=True)

    class Meta:
        db_table = "sealed_products"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
