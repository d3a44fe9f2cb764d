-- Only what differs is written.
INSERT INTO set_values AS old (
    card_set_id, currency, is_foil, day, value, cards, priced, carried, matched,
    matched_now, matched_before, level, since, version
)
SELECT
    c.card_set_id, c.currency, c.is_foil, c.day, c.value, c.cards, c.priced, c.carried,
    c.matched, c.matched_now, c.matched_before, c.level, c.since, c.version
FROM computed_set_values c
LEFT JOIN set_values same USING (card_set_id, currency, is_foil, day)
WHERE same.card_set_id IS NULL
   OR (same.value, same.cards, same.priced, same.carried, same.matched,
       same.matched_now, same.matched_before, same.level, same.since)
      <> (c.value, c.cards, c.priced, c.carried, c.matched, c.matched_now,
          c.matched_before, c.level, c.since)
ON CONFLICT (card_set_id, currency, is_foil, day) DO UPDATE SET
    value = excluded.value,
    cards = excluded.cards,
    priced = excluded.priced,
    carried = excluded.carried,
    matched = excluded.matched,
    matched_now = excluded.matched_now,
    matched_before = excluded.matched_before,
    level = excluded.level,
    since = excluded.since,
    version = excluded.version
