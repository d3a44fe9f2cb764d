-- The figures of each lot as whole numbers, -1 where there is none: what shops bid, and
-- what its price was a week and a month ago, besides what it is worth.
, buylists AS MATERIALIZED (
    SELECT * FROM unnest(%(buylists)s::smallint[], %(seen_since)s::timestamptz[])
        AS b (id, seen_since)
),
-- The best live bid: for the grade itself, else for Near Mint.
bids AS MATERIALIZED (
    SELECT DISTINCT ON (g.card_id, g.finish, g.condition, g.language)
        g.card_id, g.finish, g.condition, g.language,
        p.condition <> g.condition AS is_estimate,
        CASE
            WHEN p.condition = g.condition THEN p.price::bigint
            ELSE round(p.price * m.share)::bigint
        END AS price
    FROM goods g
    JOIN multipliers m ON m.condition = g.condition::text
    JOIN latest_prices p
        ON p.card_id = g.card_id AND p.finish = g.finish
        AND p.currency = %(currency)s
        AND (p.condition = g.condition OR p.condition = 'NEAR_MINT')
        AND (
            p.language = g.language OR (p.language = 'ENGLISH' AND g.is_own_language)
        )
    JOIN buylists b ON b.id = p.marketplace_id AND p.as_of >= b.seen_since
    ORDER BY
        g.card_id, g.finish, g.condition, g.language, p.condition <> g.condition,
        p.price DESC
)
SELECT
    v.id,
    v.card_id::bigint,
    coalesce(c.card_set_id, 0)::bigint,
    coalesce(array_position(%(rarities)s::text[], c.rarity::text), 0)::bigint,
    (
        SELECT coalesce(sum(1 << strpos('WUBRG', letter) - 1), 0)
        FROM unnest(c.color_identity) AS letter
        WHERE strpos('WUBRG', letter) > 0
    )::bigint,
    array_position(enum_range(NULL::card_finish), v.finish)::bigint,
    v.held,
    (coalesce(l.acquired_on, (l.created_at AT TIME ZONE 'UTC')::date) - '1970-01-01')
        ::bigint,
    coalesce(v.basis, -1)::bigint,
    coalesce(v.price, -1),
    coalesce(b.price, -1),
    CASE
        WHEN v.price IS NULL THEN -1
        ELSE greatest(0, (v.price * %(factor)s + %(amount)s + 500000) / 1000000)
    END::bigint,
    coalesce(v.observed, -1)::bigint,
    coalesce(v.price_7d, -1)::bigint,
    coalesce(v.price_30d, -1)::bigint,
    coalesce(v.is_estimate, false)::integer::bigint,
    coalesce(b.is_estimate, false)::integer::bigint,
    coalesce(
        v.as_of < %(now)s::timestamptz - m.freshness_hours * interval '1 hour', false
    )::integer::bigint,
    v.is_special::integer::bigint,
    coalesce(date_part('epoch', v.as_of) * 1000, -1)::bigint
FROM (SELECT * FROM valued WHERE {bounds}) AS v
JOIN lots l ON l.id = v.id
JOIN cards c ON c.id = v.card_id
LEFT JOIN marketplaces m ON m.id = v.marketplace_id
LEFT JOIN bids b
    ON b.card_id = v.card_id AND b.finish = v.finish
    AND b.condition = v.condition AND b.language = v.language
    AND NOT v.is_special
ORDER BY v.id
