-- What the copies held on some days were worth on each of them.
, days AS (
    SELECT unnest(%(days)s::date[]) AS day
),
streams AS MATERIALIZED (
    SELECT
        id, side = 'BUYLIST' AS is_bid,
        row_number() OVER (
            ORDER BY
                array_position(%(marketplaces)s::text[], slug::text), preference, slug
        ) AS place,
        ceil(freshness_hours / 24.0)::integer AS carried
    FROM marketplaces
    WHERE is_active AND currency = %(currency)s
        AND (
            cardinality(%(marketplaces)s::text[]) = 0
            OR slug::text = ANY(%(marketplaces)s::text[])
        )
),
goods AS MATERIALIZED (
    SELECT
        row_number() OVER () AS good, g.card_id, g.finish, g.condition, g.language,
        c.language = g.language AS is_own_language, m.share
    FROM (
        SELECT DISTINCT card_id, finish, condition, language
        FROM segments
        WHERE NOT is_special
    ) AS g
    JOIN cards c ON c.id = g.card_id
    JOIN unnest(%(conditions)s::text[], %(shares)s::numeric[]) AS m (condition, share)
        ON m.condition = g.condition::text
),
-- A series' close holds until its next one, while its stream is fresh.
closes AS (
    SELECT
        g.good, s.is_bid, s.place, p.condition <> g.condition AS is_estimate,
        p.language <> g.language AS is_other_language, p.close_price,
        (p.bucket AT TIME ZONE 'UTC')::date AS seen,
        least(
            (p.bucket AT TIME ZONE 'UTC')::date + s.carried,
            lead((p.bucket AT TIME ZONE 'UTC')::date) OVER (
                PARTITION BY g.good, p.marketplace_id, p.condition, p.language
                ORDER BY p.bucket
            ) - 1
        ) AS holds_until
    FROM goods g
    JOIN card_prices_daily p
        ON p.card_id = g.card_id AND p.finish = g.finish
        AND (p.condition = g.condition OR p.condition = 'NEAR_MINT')
        AND (
            p.language = g.language OR (p.language = 'ENGLISH' AND g.is_own_language)
        )
    JOIN streams s ON s.id = p.marketplace_id
    WHERE p.bucket >= %(from)s AND p.bucket < %(until)s
        AND p.card_id = ANY(%(card_ids)s)
        AND p.close_price > 0
),
-- The observed grade before an estimate; then the preferred stream, or the best bid.
-- The least array is the first in that order, and its last entry the price.
chosen AS (
    SELECT
        c.good, d.day,
        min(ARRAY[
            c.is_estimate::integer, c.place::integer, c.is_other_language::integer,
            c.close_price
        ]) FILTER (WHERE NOT c.is_bid) AS ask,
        min(ARRAY[c.is_estimate::integer, -c.close_price]) FILTER (WHERE c.is_bid)
            AS bid
    FROM closes c
    JOIN days d ON d.day BETWEEN c.seen AND c.holds_until
    GROUP BY c.good, d.day
),
priced AS (
    SELECT
        g.good, c.day, c.ask[1] = 1 AS is_estimate,
        CASE c.ask[1] WHEN 0 THEN c.ask[4] ELSE round(c.ask[4] * g.share) END::bigint
            AS price,
        CASE c.bid[1] WHEN 0 THEN -c.bid[2] ELSE round(-c.bid[2] * g.share) END::bigint
            AS bid
    FROM chosen c
    JOIN goods g ON g.good = c.good
),
-- `net` is what selling a copy brings after fees, nothing where it costs more.
valued AS (
    SELECT
        *,
        greatest(0, (price * %(factor)s + %(amount)s + 500000) / 1000000) AS net
    FROM priced
    WHERE price >= %(min_price)s OR %(min_price)s = 0
),
held AS (
    SELECT g.good, s.started, s.is_measured, sum(s.quantity)::bigint AS quantity
    FROM segments s
    LEFT JOIN goods g
        ON NOT s.is_special AND g.card_id = s.card_id AND g.finish = s.finish
        AND g.condition = s.condition AND g.language = s.language
    GROUP BY g.good, s.started, s.is_measured
)
SELECT
    d.day,
    sum(h.quantity)::bigint,
    coalesce(sum(h.quantity) FILTER (WHERE h.good IS NULL), 0)::bigint,
    coalesce(sum(h.quantity) FILTER (WHERE v.price IS NOT NULL), 0)::bigint,
    coalesce(sum(h.quantity) FILTER (WHERE v.is_estimate), 0)::bigint,
    coalesce(sum(h.quantity * v.price), 0)::bigint,
    coalesce(sum(h.quantity) FILTER (WHERE v.bid IS NOT NULL), 0)::bigint,
    coalesce(sum(h.quantity * v.bid), 0)::bigint,
    coalesce(sum(h.quantity) FILTER (WHERE v.net > 0), 0)::bigint,
    coalesce(sum(h.quantity * v.net), 0)::bigint,
    coalesce(sum(h.quantity * v.price) FILTER (WHERE h.is_measured), 0)::bigint
FROM days d
JOIN held h ON h.started <= d.day
LEFT JOIN valued v ON v.good = h.good AND v.day = d.day
GROUP BY d.day
ORDER BY d.day
