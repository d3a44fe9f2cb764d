-- The stored days of a currency after one, as an update makes them. Days count from the
-- epoch.
SELECT
    day - DATE '1970-01-01', card_set_id, is_foil::integer::smallint, value, cards,
    priced, carried, matched, matched_now, matched_before
FROM set_values
WHERE currency = %(currency)s AND day > %(day)s
