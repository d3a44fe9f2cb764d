-- Pairs of an ask and a bid for the same card, finish, language and condition where the
-- bid is higher; `problem` says why a pair is not an opportunity.
CREATE TEMP TABLE found_spreads ON COMMIT DROP AS
WITH streams AS (
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
),
legs AS MATERIALIZED (
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
),
rates AS (
    SELECT *
    FROM unnest(%(asks_in)s::text[], %(bids_in)s::text[], %(rates)s::numeric[])
        AS r (ask_currency, bid_currency, rate)
),
-- What a copy fetches in a region: its sales figure, or the lowest of what is asked.
fetched AS (
    SELECT DISTINCT ON (card_id, condition, finish, language, currency) *
    FROM legs
    WHERE side <> 'BUYLIST' AND problem <> 'MIXED'
        AND currency IN (SELECT bid_currency FROM rates)
    ORDER BY
        card_id, condition, finish, language, currency, problem <> '',
        side <> 'MARKET', CASE side WHEN 'MARKET' THEN preference END, price,
        marketplace_id
),
pairs AS (
    SELECT
        'arbitrage' AS kind, a.card_id, a.condition, a.finish, a.language,
        a.marketplace_id AS ask_marketplace_id, b.marketplace_id AS bid_marketplace_id,
        a.currency AS ask_currency, b.currency AS bid_currency,
        a.price AS ask, b.price AS bid, b.price AS bid_worth, NULL::numeric AS rate,
        a.quantity AS ask_quantity, b.quantity AS bid_quantity,
        a.as_of AS ask_as_of, b.as_of AS bid_as_of,
        coalesce(nullif(a.problem, ''), b.problem) AS problem
    FROM legs b
    JOIN legs a USING (card_id, condition, finish, language)
    WHERE b.side = 'BUYLIST' AND a.side = 'RETAIL' AND a.currency = b.currency
        AND b.price > a.price
    UNION ALL
    SELECT
        'buylist-gap', a.card_id, a.condition, a.finish, a.language,
        a.marketplace_id, b.marketplace_id, a.currency, b.currency,
        a.price, b.price, b.price, NULL,
        a.quantity, b.quantity, a.as_of, b.as_of,
        coalesce(nullif(a.problem, ''), b.problem)
    FROM legs b
    JOIN legs a USING (card_id, condition, finish, language)
    WHERE b.side = 'BUYLIST' AND a.side = 'BUYLIST' AND a.currency = b.currency
        AND a.vendor <> b.vendor
        AND b.price * 100::bigint >= a.price * (100 + %(min_gap)s)::bigint
    UNION ALL
    SELECT
        'region-gap', a.card_id, a.condition, a.finish, a.language,
        a.marketplace_id, b.marketplace_id, a.currency, b.currency,
        a.price, b.price, w.bid_worth, r.rate,
        a.quantity, b.quantity, a.as_of, b.as_of,
        coalesce(nullif(a.problem, ''), b.problem)
    FROM (
        SELECT * FROM fetched
        UNION ALL
        SELECT * FROM legs WHERE side = 'BUYLIST'
    ) AS b
    JOIN rates r ON r.bid_currency = b.currency
    JOIN legs a
        ON a.card_id = b.card_id AND a.condition = b.condition
        AND a.finish = b.finish AND a.language = b.language
        AND a.currency = r.ask_currency
    CROSS JOIN LATERAL (
        SELECT round(least(b.price * r.rate, %(max_price)s))::integer AS bid_worth
    ) AS w
    WHERE a.side <> 'BUYLIST' AND a.vendor <> b.vendor
        AND a.price >= %(min_region_price)s
        AND w.bid_worth * 100::bigint >= a.price * (100 + %(min_region)s)::bigint
)
SELECT
    pairs.*, round(100 * (bid_worth - ask)::numeric / ask, 2) AS gross_percent
FROM pairs
