-- What alerts on a price move see now; after live_prices.sql. Where no stream is named
-- it is the preferred one that has both prices. Nothing is compared across a break.
, windows AS MATERIALIZED (
    SELECT * FROM unnest(%(windows)s::text[], %(reach_days)s::integer[])
        AS w (name, reach_days)
)
SELECT
    a.id, a.owner_id, '',
    CASE a.direction WHEN 'BELOW' THEN 'BELOW' ELSE 'ABOVE' END,
    CASE a.direction WHEN 'BELOW' THEN -a.threshold ELSE a.threshold END,
    a.hysteresis_percent, a.repeats,
    coalesce(a.snoozed_until > now(), false), a.version,
    coalesce(w.state, 'ARMED'), coalesce(w.crossing, 0), w.seen_at,
    CASE a.direction WHEN 'EITHER' THEN abs(p.change) ELSE p.change END,
    p.as_of, a.card_id, a.finish::text, a.condition::text, p.marketplace_id, a.currency
FROM alerts a
JOIN windows v ON v.name = a."window"
LEFT JOIN alert_watches w ON w.alert_id = a.id AND w.subject = ''
CROSS JOIN LATERAL (
    SELECT
        round(100 * (l.price - t.price_then)::numeric / t.price_then, 2) AS change,
        l.as_of, l.marketplace_id
    FROM live l
    JOIN marketplaces m ON m.id = l.marketplace_id
    CROSS JOIN LATERAL (
        SELECT CASE a."window"
            WHEN '1d' THEN l.price_1d
            WHEN '7d' THEN l.price_7d
            WHEN '30d' THEN l.price_30d
            WHEN '90d' THEN l.price_90d
        END AS price_then
    ) AS t
    WHERE l.card_id = a.card_id AND l.finish = a.finish AND l.condition = a.condition
        AND l.spoken = a.language AND l.currency = a.currency
        AND (l.marketplace_id = a.marketplace_id
            OR a.marketplace_id IS NULL AND m.side <> 'BUYLIST')
        AND t.price_then > 0
        AND (l.broken_at IS NULL
            OR l.broken_at <= l.as_of - v.reach_days * interval '1 day')
    ORDER BY m.preference, m.slug
    LIMIT 1
) AS p
WHERE a.kind = 'PERCENT' AND NOT a.is_paused {who}
