-- The same for the printings of some sets, all finishes together.
SELECT card_set_id, marketplace_id, count(*)
FROM (
    SELECT DISTINCT c.card_set_id, l.marketplace_id, l.finish, l.card_id
    FROM cards c
    JOIN latest_prices l ON l.card_id = c.id AND l.finish = ANY(c.finishes)
    JOIN marketplaces m ON m.id = l.marketplace_id
    WHERE m.is_active
      AND l.as_of >= %(now)s - make_interval(hours => m.freshness_hours)
      AND c.card_set_id = ANY(%(set_ids)s)
      AND c.removed_at IS NULL
) AS covered
GROUP BY card_set_id, marketplace_id
