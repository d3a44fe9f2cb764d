-- A set that a card names and /sets has not told us about yet.
INSERT INTO card_sets (
    code, name, set_type, parent_code, card_count, is_digital, icon_uri, released_on
)
SELECT
    c.set_code, min(c.set_name), min(c.set_type), '', count(*),
    bool_and(c.is_digital), '', min(c.released_on)
FROM staged_cards c
WHERE c.set_code <> ''
    AND NOT EXISTS (SELECT FROM card_sets s WHERE s.code = c.set_code)
GROUP BY c.set_code;
