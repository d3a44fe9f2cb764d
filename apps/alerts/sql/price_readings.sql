-- What alerts on a price level see now; after live_prices.sql. Where no stream is named
-- it is the cheapest live offer.
SELECT
    a.id, a.owner_id, '', a.direction, a.threshold, a.hysteresis_percent, a.repeats,
    coalesce(a.snoozed_until > now(), false), a.version,
    coalesce(w.state, 'ARMED'), coalesce(w.crossing, 0), w.seen_at,
    p.price::numeric / 1000, p.as_of, a.card_id, a.finish::text, a.condition::text,
    p.marketplace_id, a.currency
FROM alerts a
LEFT JOIN alert_watches w ON w.alert_id = a.id AND w.subject = ''
CROSS JOIN LATERAL (
    SELECT l.price, l.as_of, l.marketplace_id
    FROM live l
    WHERE l.card_id = a.card_id AND l.finish = a.finish AND l.condition = a.condition
        AND l.spoken = a.language AND l.currency = a.currency
        AND (l.marketplace_id = a.marketplace_id
            OR a.marketplace_id IS NULL AND l.is_offer)
    ORDER BY l.price, l.marketplace_id
    LIMIT 1
) AS p
WHERE a.kind = 'PRICE' AND NOT a.is_paused {who}
