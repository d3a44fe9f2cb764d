-- What is held, lot by lot, with what a copy is worth in one currency.
WITH streams AS MATERIALIZED (
    SELECT
        id,
        row_number() OVER (
            ORDER BY
                array_position(%(marketplaces)s::text[], slug::text), preference, slug
        ) AS place
    FROM marketplaces
    WHERE is_active AND side <> 'BUYLIST' AND currency = %(currency)s
        AND (
            cardinality(%(marketplaces)s::text[]) = 0
            OR slug::text = ANY(%(marketplaces)s::text[])
        )
),
-- Joined row by row they would cost more than all else of it.
preferred AS MATERIALIZED (
    SELECT coalesce(array_agg(id ORDER BY place), '{}') AS ids FROM streams
),
multipliers AS (
    SELECT * FROM unnest(%(conditions)s::text[], %(shares)s::numeric[])
        AS m (condition, share)
),
-- What is left of lots costs by their owner's method, where that is not what they say.
carried AS MATERIALIZED (
    SELECT * FROM unnest({carried}) AS k (lot_id, cost)
),
asked AS MATERIALIZED (
    SELECT
        l.id, l.card_id, l.finish, l.condition, l.language, c.search_name,
        (l.quantity - l.disposed)::bigint AS held,
        -- A cost in another currency is no cost here.
        CASE WHEN l.cost_currency = %(currency)s THEN l.unit_cost END AS cost,
        CASE
            WHEN l.cost_currency = %(currency)s
            THEN coalesce(k.cost, l.unit_cost::bigint * (l.quantity - l.disposed))
        END AS basis,
        -- Prices are of plain copies; these are other goods.
        l.grade <> '' OR l.is_signed OR l.is_altered OR l.is_proxy OR l.is_misprint
            AS is_special,
        c.language = l.language AS is_own_language
    FROM lots l
    JOIN cards c ON c.id = l.card_id
    LEFT JOIN carried k ON k.lot_id = l.id
    WHERE {whose} AND l.disposed < l.quantity
        {filters}
),
goods AS MATERIALIZED (
    SELECT DISTINCT card_id, finish, condition, language, is_own_language
    FROM asked
    WHERE NOT is_special
),
-- The observed grade before an estimate, then the preferred stream. A price that names
-- no language stands as English: for a printing in another one it is that printing's.
priced AS MATERIALIZED (
    SELECT DISTINCT ON (g.card_id, g.finish, g.condition, g.language)
        g.card_id, g.finish, g.condition, g.language, p.marketplace_id, p.as_of,
        p.condition <> g.condition AS is_estimate,
        -- As observed, to be compared with each other.
        p.price AS observed, p.price_7d, p.price_30d,
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
        AND p.marketplace_id = ANY((SELECT ids FROM preferred)::smallint[])
    ORDER BY
        g.card_id, g.finish, g.condition, g.language, p.condition <> g.condition,
        array_position((SELECT ids FROM preferred), p.marketplace_id),
        p.language <> g.language
),
valued AS MATERIALIZED (
    SELECT
        a.*, p.marketplace_id, p.as_of, p.is_estimate, p.price,
        p.observed, p.price_7d, p.price_30d,
        p.price * a.held AS value,
        p.price * a.held - a.basis AS gain
    FROM asked a
    LEFT JOIN priced p
        ON p.card_id = a.card_id AND p.finish = a.finish
        AND p.condition = a.condition AND p.language = a.language
        AND NOT a.is_special
)
