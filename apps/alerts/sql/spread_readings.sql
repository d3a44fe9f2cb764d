-- The open gaps that alerts on spreads look at, each with whether both its prices are
-- still fresh; one row without a gap where there is none.
SELECT
    a.id, a.owner_id, '', 'ABOVE', a.threshold, a.hysteresis_percent, a.repeats,
    coalesce(a.snoozed_until > now(), false), a.version,
    coalesce(w.state, 'ARMED'), coalesce(w.crossing, 0), w.seen_at,
    a.card_id, a.currency, a.spread_kind,
    o.finish::text, o.condition::text, o.ask, o.bid_worth, o.last_seen,
    o.bid_marketplace_id, b.side,
    m.is_active AND b.is_active
        AND o.ask_as_of >= %(now)s - m.freshness_hours * interval '1 hour'
        AND o.bid_as_of >= %(now)s - b.freshness_hours * interval '1 hour'
FROM alerts a
LEFT JOIN alert_watches w ON w.alert_id = a.id AND w.subject = ''
LEFT JOIN spread_opportunities o
    ON o.is_open AND o.card_id = a.card_id AND o.kind = a.spread_kind
    AND o.ask_currency = a.currency
    AND (a.finish IS NULL OR o.finish = a.finish)
    AND (a.condition IS NULL OR o.condition = a.condition)
LEFT JOIN marketplaces m ON m.id = o.ask_marketplace_id
LEFT JOIN marketplaces b ON b.id = o.bid_marketplace_id
WHERE a.kind = 'SPREAD' AND NOT a.is_paused {who}
ORDER BY a.id
