-- The newest Near Mint prices of a currency that their streams still list, with what
-- they are compared with; 0 is none. Finishes and languages count in the order of their
-- enums.
WITH streams AS (
    SELECT
        m.id, m.side, rank() OVER (ORDER BY m.preference, m.id) AS place,
        dense_rank() OVER (ORDER BY m.vendor) AS vendor,
        newest.as_of - m.freshness_hours * interval '1 hour' AS seen_since
    FROM marketplaces m
    JOIN (
        SELECT marketplace_id, max(as_of) AS as_of
        FROM latest_prices
        WHERE currency = %(currency)s
        GROUP BY marketplace_id
    ) AS newest ON newest.marketplace_id = m.id
    WHERE m.is_active
)
SELECT
    l.card_id,
    CASE l.finish WHEN 'NONFOIL' THEN 0 WHEN 'FOIL' THEN 1 ELSE 2 END::smallint,
    (array_position(enum_range(NULL::card_language), l.language) - 1)::smallint,
    s.place::smallint, s.id::smallint, s.vendor::smallint,
    (s.side <> 'BUYLIST')::integer::smallint,
    l.price,
    coalesce(l.price_1d, 0), coalesce(l.price_7d, 0), coalesce(l.price_30d, 0),
    coalesce(l.price_90d, 0)
FROM latest_prices l
JOIN streams s ON s.id = l.marketplace_id AND l.as_of >= s.seen_since
WHERE l.currency = %(currency)s AND l.condition = 'NEAR_MINT'
