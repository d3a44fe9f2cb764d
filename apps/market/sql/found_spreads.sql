-- Pairs of an ask and a bid for the same card, finish, language and condition where the
-- bid is higher; `problem` says why a pair is not an opportunity.
CREATE TEMP TABLE found_spreads ON COMMIT DROP AS
WITH rates AS (
    SELECT *
    FROM unnest(%(asks_in)s::text[], %(bids_in)s::text[], %(rates)s::numeric[])
        AS r (ask_currency, bid_currency, rate)
),
-- What a copy fetches in a region: its sales figure, or the lowest of what is asked.
fetched AS (
    SELECT DISTINCT ON (card_id, condition, finish, language, currency) *
    FROM spread_legs
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
    FROM spread_legs b
    JOIN spread_legs a USING (card_id, condition, finish, language)
    WHERE b.side = 'BUYLIST' AND a.side = 'RETAIL' AND a.currency = b.currency
        AND b.price > a.price
    UNION ALL
    SELECT
        'buylist-gap', a.card_id, a.condition, a.finish, a.language,
        a.marketplace_id, b.marketplace_id, a.currency, b.currency,
        a.price, b.price, b.price, NULL,
        a.quantity, b.quantity, a.as_of, b.as_of,
        coalesce(nullif(a.problem, ''), b.problem)
    FROM spread_legs b
    JOIN spread_legs a USING (card_id, condition, finish, language)
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
        SELECT * FROM spread_legs WHERE side = 'BUYLIST'
    ) AS b
    JOIN rates r ON r.bid_currency = b.currency
    JOIN spread_legs a
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
