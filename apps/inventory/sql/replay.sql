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
-- Alike copies have the same number: no table of this size is ever joined with another,
-- as the planner cannot know how large they are.
numbered AS MATERIALIZED (
    SELECT
        *, dense_rank() OVER (ORDER BY card_id, finish, condition, language) AS good
    FROM segments
),
goods AS MATERIALIZED (
    SELECT
        g.good, g.card_id, g.finish, g.condition, g.language,
        c.language = g.language AS is_own_language, m.share
    FROM (
        SELECT DISTINCT good, card_id, finish, condition, language
        FROM numbered
        WHERE NOT is_special
    ) AS g
    JOIN cards c ON c.id = g.card_id
    JOIN unnest(%(conditions)s::text[], %(shares)s::numeric[]) AS m (condition, share)
        ON m.condition = g.condition::text
),
-- A series' close holds until its next one, while its stream is fresh.
closes AS (
    SELECT
        g.good, g.share, s.is_bid, s.place, p.condition <> g.condition AS is_estimate,
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
        AND p.close_price > 0
),
-- The observed grade before an estimate; then the preferred stream, or the best bid.
-- The least array is the first in that order, and its last entry the price.
chosen AS (
    SELECT
        c.good, c.share, d.day,
        min(ARRAY[
            c.is_estimate::integer, c.place::integer, c.is_other_language::integer,
            c.close_price
        ]) FILTER (WHERE NOT c.is_bid) AS ask,
        min(ARRAY[c.is_estimate::integer, -c.close_price]) FILTER (WHERE c.is_bid)
            AS bid
    FROM closes c
    CROSS JOIN LATERAL generate_series(0, c.holds_until - c.seen) AS later
    JOIN days d ON d.day = c.seen + later
    GROUP BY c.good, c.share, d.day
),
priced AS (
    SELECT
        good, day, ask[1] AS estimate,
        CASE ask[1] WHEN 0 THEN ask[4] ELSE round(ask[4] * share) END::bigint AS price,
        CASE bid[1] WHEN 0 THEN -bid[2] ELSE round(-bid[2] * share) END::bigint AS bid
    FROM chosen
),
-- What was held of each on each day, and beside it what a copy was worth.
together AS (
    SELECT
        s.good, d.day, s.quantity,
        CASE WHEN s.is_special THEN s.quantity ELSE 0 END AS special,
        CASE WHEN s.is_measured THEN s.quantity ELSE 0 END AS measured,
        NULL::integer AS estimate, NULL::bigint AS price, NULL::bigint AS bid
    FROM days d
    JOIN numbered s ON s.started <= d.day
    UNION ALL
    SELECT good, day, NULL, NULL, NULL, estimate, price, bid
    FROM priced
    WHERE price >= %(min_price)s OR %(min_price)s = 0
),
-- `net` is what selling a copy brings after fees, nothing where it costs more.
held AS (
    SELECT
        day, sum(quantity) AS quantity, sum(special) AS special,
        sum(quantity - special) AS plain, sum(measured) AS measured,
        max(estimate) AS estimate, max(price) AS price, max(bid) AS bid,
        greatest(0, (max(price) * %(factor)s + %(amount)s + 500000) / 1000000) AS net
    FROM together
    GROUP BY good, day
)
SELECT
    day,
    sum(CASE WHEN %(min_price)s = 0 THEN quantity ELSE plain END)::bigint,
    sum(CASE WHEN %(min_price)s = 0 THEN special ELSE 0 END)::bigint,
    coalesce(sum(plain) FILTER (WHERE price IS NOT NULL), 0)::bigint,
    coalesce(sum(plain) FILTER (WHERE estimate = 1), 0)::bigint,
    coalesce(sum(plain * price), 0)::bigint,
    coalesce(sum(plain) FILTER (WHERE bid IS NOT NULL), 0)::bigint,
    coalesce(sum(plain * bid), 0)::bigint,
    coalesce(sum(plain) FILTER (WHERE net > 0), 0)::bigint,
    coalesce(sum(plain * net), 0)::bigint,
    coalesce(sum(measured * price), 0)::bigint
FROM held
-- Copies that are not worth enough are not asked for, nor those that have no price.
WHERE %(min_price)s = 0 OR price IS NOT NULL
GROUP BY day
HAVING count(quantity) > 0
ORDER BY day
