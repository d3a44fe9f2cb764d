INSERT INTO cards (
    scryfall_id, card_set_id, oracle_id, name, search_name, collector_number,
    language, lang_code, rarity, layout, finishes, games, colors, color_identity,
    mana_cost, mana_value, type_line, oracle_text, faces, legalities, promo_types,
    frame_effects, border_color, artist, image_uri, released_on, edhrec_rank,
    is_digital, is_full_art, is_promo, is_reprint, is_reserved
)
SELECT
    c.scryfall_id, s.id, c.oracle_id, c.name, c.search_name, c.collector_number,
    c.language, c.lang_code, c.rarity, c.layout, c.finishes, c.games, c.colors,
    c.color_identity, c.mana_cost, c.mana_value, c.type_line, c.oracle_text,
    c.faces, c.legalities, c.promo_types, c.frame_effects, c.border_color, c.artist,
    c.image_uri, c.released_on, c.edhrec_rank, c.is_digital, c.is_full_art,
    c.is_promo, c.is_reprint, c.is_reserved
FROM staged_cards c
LEFT JOIN card_sets s ON s.code = c.set_code
WHERE NOT EXISTS (SELECT FROM cards old WHERE old.scryfall_id = c.scryfall_id);
