-- What printings are, as far as it was settled when they came out; and the days on which
-- their card came out in each of its sets.
SELECT
    c.id, c.scryfall_id::text, c.name, coalesce(s.code, ''), c.collector_number,
    c.rarity, array_to_string(c.colors, ''), c.mana_value, c.type_line, c.is_reserved,
    c.released_on,
    ARRAY(
        SELECT min(other.released_on)
        FROM cards other
        WHERE other.oracle_id = c.oracle_id AND other.released_on IS NOT NULL
        GROUP BY other.card_set_id
    )
FROM cards c
LEFT JOIN card_sets s ON s.id = c.card_set_id
WHERE c.id >= %(first_card)s AND c.id < %(end_card)s
ORDER BY c.id
