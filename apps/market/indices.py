"""The indices there are: what each is of, and whose prices count in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from mtgintel.core.constants import Finish, Rarity

# The whole market; the headline.
MARKET = "all"
# An index of a set is named after it: set-mh2.
SET_PREFIX = "set-"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDefinition:
    """`members` chooses printings (None: all), `finishes` what counts of them. Where
    `by_finish`, there is a series for each single finish as well."""

    slug: str
    name: str
    about: str
    members: Q | None = None
    finishes: tuple[Finish, ...] = tuple(Finish)
    by_finish: bool = True


def _legal_in(play_format: str) -> Q:
    return Q(**{f"legalities__{play_format}__in": ["legal", "restricted"]})


def _of_format(play_format: str) -> IndexDefinition:
    name = play_format.capitalize()
    return IndexDefinition(
        slug=play_format,
        name=name,
        about=f"Printings of cards that are legal in {name}",
        members=_legal_in(play_format),
    )


def _of_colour(slug: str, about: str, members: Q) -> IndexDefinition:
    return IndexDefinition(
        slug=slug, name=slug.capitalize(), about=about, members=members
    )


# Play formats and colour identities that have an index.
FORMATS = ("standard", "pioneer", "modern", "commander", "pauper")
_LETTERS = {"white": "W", "blue": "U", "black": "B", "red": "R", "green": "G"}
COLOURS = (*_LETTERS, "multicolour", "colourless")

INDICES = {
    one.slug: one
    for one in (
        IndexDefinition(
            slug=MARKET,
            name="Whole market",
            about="Every printing in every finish",
        ),
        *map(_of_format, FORMATS),
        IndexDefinition(
            slug="reserved-list",
            name="Reserved List",
            about="Printings of cards that will never be printed again",
            members=Q(is_reserved=True),
        ),
        IndexDefinition(
            slug="mythics",
            name="Mythics",
            about="Printings of mythic rarity",
            members=Q(rarity=Rarity.MYTHIC),
        ),
        IndexDefinition(
            slug="foils",
            name="Foils",
            about="Foil and etched printings",
            finishes=(Finish.FOIL, Finish.ETCHED),
            by_finish=False,
        ),
        *(
            _of_colour(
                slug,
                f"Printings of cards whose colour identity is {slug} alone",
                Q(color_identity=[letter]),
            )
            for slug, letter in _LETTERS.items()
        ),
        _of_colour(
            "multicolour",
            "Printings of cards whose colour identity is of two colours or more",
            Q(color_identity__len__gt=1),
        ),
        _of_colour(
            "colourless",
            "Printings of cards without a colour in their identity",
            Q(color_identity=[]),
        ),
    )
}


def set_slug(code: str) -> str:
    return f"{SET_PREFIX}{code}"


def set_code(slug: str) -> str | None:
    """The code of the set that an index is of; None for the others."""
    return slug.removeprefix(SET_PREFIX) if slug.startswith(SET_PREFIX) else None


def index_name(slug: str) -> str:
    """What people call an index; a set's by its code."""
    code = set_code(slug)
    return INDICES[slug].name if code is None else f"Set {code.upper()}"


def has_finishes(slug: str) -> bool:
    """Whether there is a series for each finish of an index."""
    return slug in INDICES and INDICES[slug].by_finish
