-- How many printings have a fresh price of each stream, by finish: once each, in whatever
-- condition and language.
SELECT marketplace_id, finish, count(*)
FROM (
    SELECT DISTINCT l.marketplace_id, l.finish, l.card_id
    FROM latest_prices l
    JOIN marketplaces m ON m.id = l.marketplace_id
    JOIN cards c ON c.id = l.card_id
    WHERE m.is_active
      AND l.as_of >= %(now)s - make_interval(hours => m.freshness_hours)
      AND l.finish = ANY(c.finishes)
      AND c.removed_at IS NULL
) AS covered
GROUP BY marketplace_id, finish
