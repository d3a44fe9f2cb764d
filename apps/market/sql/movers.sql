-- Printings by how much their price changed: one row per printing, finish and
-- language, from the most preferred stream that knows the price then and now.
WITH streams AS (
    SELECT * FROM unnest(%(stream_ids)s::integer[], %(seen_since)s::timestamptz[])
        AS s (id, seen_since)
),
changes AS (
    SELECT DISTINCT ON (l.card_id, l.finish, l.language)
        l.card_id, l.marketplace_id, l.finish, l.language,
        (l.price - l.{reference})::double precision / l.{reference} AS change
    FROM latest_prices l
    JOIN streams s ON s.id = l.marketplace_id AND l.as_of >= s.seen_since
    JOIN marketplaces m ON m.id = l.marketplace_id
    WHERE l.currency = %(currency)s
      AND l.condition = 'NEAR_MINT'
      AND m.side <> 'BUYLIST'
      AND l.{reference} >= %(min_price)s
    ORDER BY l.card_id, l.finish, l.language, m.preference, m.id
),
movers AS (
    SELECT * FROM changes
    WHERE sign(change) = %(sign)s
    ORDER BY change * %(sign)s DESC, card_id, finish, language
    LIMIT %(limit)s
)
SELECT
    movers.card_id, movers.marketplace_id, movers.finish, movers.language,
    -- Vendors, not streams: a shop's two sides are not independent.
    (SELECT count(DISTINCT m.vendor)
     FROM latest_prices l
     JOIN streams s ON s.id = l.marketplace_id AND l.as_of >= s.seen_since
     JOIN marketplaces m ON m.id = l.marketplace_id
     WHERE l.card_id = movers.card_id
       AND l.finish = movers.finish
       AND l.language = movers.language
       AND l.condition = 'NEAR_MINT'
       AND l.currency = %(currency)s
       AND l.{reference} > 0
       AND sign(l.price - l.{reference}) = %(sign)s) AS vendor_count
FROM movers
ORDER BY change * %(sign)s DESC, card_id, finish, language
