-- Prices of now, of the streams that are given: neither old nor out of stock, not set by
-- hand, and no newer one of the series is held as doubtful. The beginning of a statement.
WITH streams AS MATERIALIZED (
    SELECT * FROM unnest(
        %(stream_ids)s::integer[], %(live_from)s::timestamptz[],
        %(broken_at)s::timestamptz[], %(are_offers)s::boolean[]
    ) AS s (id, live_from, broken_at, is_offer)
),
live AS NOT MATERIALIZED (
    SELECT
        l.*, s.is_offer, s.broken_at, coalesce(l.total_quantity, l.num_listings) AS in_stock,
        -- A price that names no language stands as English: of a printing in another
        -- one it is that printing's.
        CASE WHEN l.language = 'ENGLISH' THEN c.language ELSE l.language END AS spoken
    FROM latest_prices l
    JOIN streams s ON s.id = l.marketplace_id
    JOIN cards c ON c.id = l.card_id
    WHERE l.as_of >= s.live_from
        AND l.price > 0
        AND least(l.total_quantity, l.num_listings) IS DISTINCT FROM 0
        AND NOT EXISTS (
            SELECT FROM quarantined_prices q
            WHERE q.card_id = l.card_id AND q.marketplace_id = l.marketplace_id
                AND q.condition = l.condition AND q.finish = l.finish
                AND q.language = l.language AND q.status = 'HELD' AND q.time > l.as_of
        )
        AND NOT EXISTS (
            SELECT FROM price_overrides o
            WHERE o.card_id = l.card_id AND o.marketplace_id = l.marketplace_id
                AND o.condition = l.condition AND o.finish = l.finish
                AND o.language = l.language AND o.revoked_at IS NULL
                AND o.valid_from = l.as_of
        )
)
