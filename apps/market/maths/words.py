"""Words of the game that tell cards apart, and those of English that do not."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUPERTYPES: Final = _words("basic legendary ongoing snow world")
CARD_TYPES: Final = _words(
    """
    artifact battle conspiracy creature dungeon emblem enchantment instant kindred land
    phenomenon plane planeswalker scheme sorcery token tribal vanguard
    """
)
# Keyword abilities that more than a handful of cards have.
KEYWORDS: Final = _words(
    """
    adapt affinity afflict afterlife aftermath amass annihilator backup bargain bestow
    blitz bloodrush bloodthirst boast bolster bushido buyback cascade casualty
    celebration changeling channel cipher clash cleave cloak collect connive conspire
    constellation converge convoke corrupted coven craft crew cycling dash daybound
    deathtouch decayed defender delirium delve descend detain devoid devour discover
    disguise disturb domain dredge echo embalm emerge encore enlist enrage entwine
    equip escalate escape eternalize evoke evolve exalted exert exhaust exploit
    explore extort fabricate fading fear ferocious fight flanking flash flashback
    flying forage forecast foretell formidable freerunning fuse goad graft gravestorm
    haste haunt heroic hexproof hideaway horsemanship impending improvise incubate
    indestructible infect ingest inspired intimidate investigate jump-start kicker
    landfall landwalk learn lifelink madness magecraft manifest megamorph menace
    mentor metalcraft mill miracle modular monstrosity morbid morph mutate myriad
    nightbound ninjutsu offering offspring outlast overload parley partner persist
    phasing plot populate proliferate protection provoke prowess prowl rally ravenous
    reach rebound reconfigure regenerate reinforce renown replicate retrace revolt
    riot ripple saddle scavenge scry shadow shroud skulk soulbond soulshift spectacle
    splice spree squad storm strive sunburst support surge surveil suspend threshold
    toxic training trample transfigure transmute undaunted undergrowth undying unearth
    unleash valiant vanishing venture vigilance ward warp wither
    """
) | {"double strike", "first strike", "living weapon", "split second"}
STOP_WORDS: Final = _words(
    """
    a an and are as at be been by can do does for from has have if in into is it it's
    its may of on onto or than that the their them then they this those to was were
    when whenever where with would you you've your
    """
)
