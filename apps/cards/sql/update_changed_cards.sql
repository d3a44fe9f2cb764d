-- Only what differs is written: a card that is listed again as it was stays untouched.
UPDATE cards old
SET
    card_set_id = s.id,
    removed_at = NULL,
    oracle_id = c.oracle_id,
    name = c.name,
    search_name = c.search_name,
    collector_number = c.collector_number,
    language = c.language,
    lang_code = c.lang_code,
    rarity = c.rarity,
    layout = c.layout,
    finishes = c.finishes,
    games = c.games,
    colors = c.colors,
    color_identity = c.color_identity,
    mana_cost = c.mana_cost,
    mana_value = c.mana_value,
    type_line = c.type_line,
    oracle_text = c.oracle_text,
    faces = c.faces,
    legalities = c.legalities,
    promo_types = c.promo_types,
    frame_effects = c.frame_effects,
    border_color = c.border_color,
    artist = c.artist,
    image_uri = c.image_uri,
    released_on = c.released_on,
    edhrec_rank = c.edhrec_rank,
    is_digital = c.is_digital,
    is_full_art = c.is_full_art,
    is_promo = c.is_promo,
    is_reprint = c.is_reprint,
    is_reserved = c.is_reserved
FROM staged_cards c
LEFT JOIN card_sets s ON s.code = c.set_code
WHERE old.scryfall_id = c.scryfall_id
    AND (old.card_set_id, old.removed_at, old.oracle_id, old.name, old.search_name,
       old.collector_number, old.language, old.lang_code, old.rarity, old.layout,
       old.finishes, old.games, old.colors, old.color_identity, old.mana_cost,
       old.mana_value, old.type_line, old.oracle_text, old.faces, old.legalities,
       old.promo_types, old.frame_effects, old.border_color, old.artist,
       old.image_uri, old.released_on, old.edhrec_rank, old.is_digital,
       old.is_full_art, old.is_promo, old.is_reprint, old.is_reserved)
    IS DISTINCT FROM
       (s.id, NULL::timestamptz, c.oracle_id, c.name, c.search_name,
       c.collector_number, c.language, c.lang_code, c.rarity, c.layout, c.finishes,
       c.games, c.colors, c.color_identity, c.mana_cost, c.mana_value, c.type_line,
       c.oracle_text, c.faces, c.legalities, c.promo_types, c.frame_effects,
       c.border_color, c.artist, c.image_uri, c.released_on, c.edhrec_rank,
       c.is_digital, c.is_full_art, c.is_promo, c.is_reprint, c.is_reserved);
