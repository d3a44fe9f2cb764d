-- What was paid and received on each day in the measured lots, and how many more copies
-- were held then. Those that never had a price are in no value: nor is what they cost.
SELECT
    s.started,
    coalesce(sum(s.quantity * s.amount) FILTER (WHERE s.quantity > 0), 0)::bigint,
    coalesce(-sum(s.quantity * s.amount) FILTER (WHERE s.quantity < 0), 0)::bigint,
    sum(s.quantity)::bigint
FROM segments s
WHERE s.is_measured
    AND EXISTS (
        SELECT
        FROM latest_prices p
        JOIN marketplaces m ON m.id = p.marketplace_id
        JOIN cards c ON c.id = p.card_id
        WHERE p.card_id = s.card_id AND p.finish = s.finish
            AND p.currency = %(currency)s AND m.is_active AND m.side <> 'BUYLIST'
            AND (
                cardinality(%(marketplaces)s::text[]) = 0
                OR m.slug::text = ANY(%(marketplaces)s::text[])
            )
            AND (p.condition = s.condition OR p.condition = 'NEAR_MINT')
            AND (
                p.language = s.language
                OR p.language = 'ENGLISH' AND c.language = s.language
            )
    )
GROUP BY s.started
ORDER BY s.started
