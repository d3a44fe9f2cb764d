-- The newest value of each set in a currency, or of the one that is asked for, with its
-- levels at the starts of the windows: each the nearest at or before it, if every day
-- since can be compared with the one before.
SELECT
    s.id, s.code, s.name, s.set_type, s.released_on, s.is_digital,
    newest.day, newest.value, newest.cards, newest.priced, newest.carried,
    newest.since, newest.level, d1.level, d7.level, d30.level, d90.level,
    foil.value, foil.cards, foil.priced
FROM card_sets s
CROSS JOIN LATERAL (
    SELECT * FROM set_values v
    WHERE v.card_set_id = s.id AND v.currency = %(currency)s AND v.is_foil = false
    ORDER BY v.day DESC LIMIT 1
) AS newest
LEFT JOIN LATERAL (
    SELECT v.level FROM set_values v
    WHERE v.card_set_id = s.id AND v.currency = %(currency)s AND v.is_foil = false
      AND v.day <= newest.day - %(length_1d)s AND v.day >= newest.day - %(oldest_1d)s
      AND v.since = newest.since
    ORDER BY v.day DESC LIMIT 1
) AS d1 ON true
LEFT JOIN LATERAL (
    SELECT v.level FROM set_values v
    WHERE v.card_set_id = s.id AND v.currency = %(currency)s AND v.is_foil = false
      AND v.day <= newest.day - %(length_7d)s AND v.day >= newest.day - %(oldest_7d)s
      AND v.since = newest.since
    ORDER BY v.day DESC LIMIT 1
) AS d7 ON true
LEFT JOIN LATERAL (
    SELECT v.level FROM set_values v
    WHERE v.card_set_id = s.id AND v.currency = %(currency)s AND v.is_foil = false
      AND v.day <= newest.day - %(length_30d)s AND v.day >= newest.day - %(oldest_30d)s
      AND v.since = newest.since
    ORDER BY v.day DESC LIMIT 1
) AS d30 ON true
LEFT JOIN LATERAL (
    SELECT v.level FROM set_values v
    WHERE v.card_set_id = s.id AND v.currency = %(currency)s AND v.is_foil = false
      AND v.day <= newest.day - %(length_90d)s AND v.day >= newest.day - %(oldest_90d)s
      AND v.since = newest.since
    ORDER BY v.day DESC LIMIT 1
) AS d90 ON true
LEFT JOIN LATERAL (
    SELECT v.value, v.cards, v.priced FROM set_values v
    WHERE v.card_set_id = s.id AND v.currency = %(currency)s AND v.is_foil = true
      AND v.day = newest.day
) AS foil ON true
WHERE %(code)s::text IS NULL OR s.code = %(code)s::text
ORDER BY s.released_on DESC NULLS LAST, s.code
