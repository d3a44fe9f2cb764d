-- Every latest price, and what keeps it from being one side of a gap.
CREATE TEMP TABLE spread_legs ON COMMIT DROP AS
WITH streams AS MATERIALIZED (
    SELECT
        m.id, m.vendor, m.side, m.currency, m.preference,
        m.slug = ANY(%(mixed)s) AS is_mixed,
        %(now)s - m.freshness_hours * interval '1 hour' AS fresh_from,
        (
            SELECT max(b.began_on)::timestamp AT TIME ZONE 'UTC'
            FROM series_breaks b
            WHERE b.marketplace_id = m.id AND b.began_on <= %(now)s
        ) AS broken_at
    FROM marketplaces m
    WHERE m.is_active
),
doubted AS (
    SELECT card_id, marketplace_id, condition, finish, language, max(time) AS held_at
    FROM quarantined_prices
    WHERE status = 'HELD' AND time IS NOT NULL
    GROUP BY card_id, marketplace_id, condition, finish, language
),
by_hand AS (
    SELECT DISTINCT card_id, marketplace_id, condition, finish, language, valid_from
    FROM price_overrides
    WHERE revoked_at IS NULL
)
SELECT
    l.card_id, l.condition, l.finish, l.language, l.marketplace_id, l.currency,
    s.vendor, s.side, s.preference, l.price, l.as_of,
    -- How many sales a market figure rests on is not how many one can buy.
    CASE WHEN s.side <> 'MARKET' THEN coalesce(l.total_quantity, l.num_listings) END
        AS quantity,
    CASE
        WHEN s.is_mixed THEN 'MIXED'
        WHEN l.as_of < s.fresh_from THEN 'STALE'
        WHEN least(l.total_quantity, l.num_listings) = 0 THEN 'NO_STOCK'
        WHEN l.as_of < s.broken_at THEN 'BROKEN'
        WHEN d.held_at > l.as_of THEN 'DOUBTED'
        WHEN h.valid_from IS NOT NULL THEN 'BY_HAND'
        ELSE ''
    END AS problem
FROM latest_prices l
JOIN streams s ON s.id = l.marketplace_id
LEFT JOIN doubted d
    ON d.card_id = l.card_id AND d.marketplace_id = l.marketplace_id
    AND d.condition = l.condition AND d.finish = l.finish
    AND d.language = l.language
LEFT JOIN by_hand h
    ON h.card_id = l.card_id AND h.marketplace_id = l.marketplace_id
    AND h.condition = l.condition AND h.finish = l.finish
    AND h.language = l.language AND h.valid_from = l.as_of
WHERE l.price > 0
