-- The signals of the newest day that alerts look at; after watched_cards.sql.
, newest AS MATERIALIZED (
    SELECT currency, max(day) AS day
    FROM signals
    WHERE day >= %(since)s
    GROUP BY currency
)
SELECT
    a.id, a.owner_id, concat_ws(':', s.card_id, s.finish, s.kind), 'ABOVE', a.threshold,
    a.hysteresis_percent, a.repeats, coalesce(a.snoozed_until > now(), false), a.version,
    coalesce(w.state, 'ARMED'), coalesce(w.crossing, 0), w.seen_at,
    CASE WHEN s.confidence >= a.min_confidence THEN round(s.strength::numeric, 3)
        ELSE 0 END,
    s.day::timestamp AT TIME ZONE 'UTC',
    s.card_id, s.finish::text, s.kind::text, s.marketplace_id, a.currency
FROM asked a
JOIN watched c ON c.alert_id = a.id
JOIN newest n ON n.currency = a.currency
JOIN signals s
    ON s.card_id = c.card_id AND s.currency = a.currency AND s.day = n.day
    AND (a.signal_kind = '' OR s.kind::text = a.signal_kind)
    AND (a.finish IS NULL OR s.finish = a.finish)
LEFT JOIN alert_watches w
    ON w.alert_id = a.id AND w.subject = concat_ws(':', s.card_id, s.finish, s.kind)
