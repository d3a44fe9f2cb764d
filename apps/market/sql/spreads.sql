-- Open gaps that are asked for, in order: how many, how many of them pay after fees, how
-- many have a leg that has gone stale since they were found, and the ids of the first.
WITH figures AS MATERIALIZED (
    SELECT
        o.id, o.first_seen, o.gross_percent,
        a.is_active AND b.is_active
            AND o.ask_as_of >= %(now)s - a.freshness_hours * interval '1 hour'
            AND o.bid_as_of >= %(now)s - b.freshness_hours * interval '1 hour'
            AS is_fresh,
        round(t.costs) AS paid,
        round(t.earns) AS got,
        (t.earns - t.costs) * {capacity} AS total
    FROM spread_opportunities o
    JOIN marketplaces a ON a.id = o.ask_marketplace_id
    JOIN marketplaces b ON b.id = o.bid_marketplace_id
    CROSS JOIN LATERAL (
        SELECT
            %(cost_factor)s::numeric * o.ask + %(cost_amount)s::numeric AS costs,
            CASE b.side
                WHEN 'BUYLIST' THEN
                    %(shop_factor)s::numeric * o.bid_worth + %(shop_amount)s::numeric
                ELSE
                    %(sale_factor)s::numeric * o.bid_worth + %(sale_amount)s::numeric
            END AS earns
    ) AS t
    {cards}
    WHERE o.is_open AND o.kind = %(kind)s AND o.ask_currency = %(currency)s
        AND o.ask >= %(min_price)s
        {filters}
),
asked AS MATERIALIZED (
    SELECT
        id, first_seen, gross_percent, total, is_fresh, got - paid AS net,
        CASE WHEN paid > 0 THEN round(100 * (got - paid) / paid, 2) END AS net_percent
    FROM figures
    WHERE {bounds}
)
SELECT
    (SELECT count(*) FROM asked WHERE is_fresh),
    (SELECT count(*) FROM asked WHERE is_fresh AND net > 0),
    (SELECT count(*) FROM asked WHERE NOT is_fresh),
    ARRAY(
        SELECT id FROM asked WHERE is_fresh
        ORDER BY {order} DESC NULLS LAST, id
        LIMIT %(limit)s
    )
