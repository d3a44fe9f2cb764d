"""What somebody holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Func, TextField

from apps.inventory.models import Change, Lot
from apps.inventory.querysets import LotQuerySet

_Person = AbstractBaseUser | AnonymousUser
# What makes copies alike, beside their owner.
ALIKE = (
    *("card_id", "finish", "condition", "language", "grade"),
    *("is_signed", "is_altered", "is_proxy", "is_misprint"),
)


def held_card_ids(user: AbstractBaseUser) -> Iterable[int]:
    """The ids of the cards of which somebody holds a copy, each once."""
    held = Lot.objects.of(user).held().order_by()
    return held.values_list("card_id", flat=True).distinct()


@dataclass(frozen=True, slots=True)
class Words:
    """Names of binders, and tags."""

    binders: list[str]
    tags: list[str]


def lot_of(owner: _Person, lot_id: int) -> Lot:
    """Somebody's own lot with its card. Raises Lot.DoesNotExist, also for another's."""
    return Lot.objects.of(owner).select_related("card__card_set").get(pk=lot_id)


def missing_ids(owner: _Person, ids: Sequence[int]) -> list[int]:
    """Those of the ids that are none of somebody's lots."""
    own = set(Lot.objects.of(owner).with_ids(ids).values_list("pk", flat=True))
    return [one for one in ids if one not in own]


def alike(lot: Lot) -> LotQuerySet:
    """All lots of its owner whose copies are just like those of `lot`, it too."""
    return Lot.objects.of(lot.owner_id).filter(
        **{name: getattr(lot, name) for name in ALIKE}
    )


def newest_change(owner: _Person) -> Change | None:
    """The last change of somebody's lots, if it can still be undone."""
    return Change.objects.of(owner).open().first()


def words_of(owner: _Person) -> Words:
    """What somebody calls what they hold, by name."""
    held = Lot.objects.of(owner).held().order_by()
    binders = held.exclude(binder="").values_list("binder", flat=True).distinct()
    tags = held.annotate(tag=Unnest("tags")).values_list("tag", flat=True).distinct()
    return Words(sorted(binders, key=str.casefold), sorted(tags, key=str.casefold))


class Unnest(Func):
    """A row for each member of an array."""

    function = "unnest"
    output_field = TextField()
