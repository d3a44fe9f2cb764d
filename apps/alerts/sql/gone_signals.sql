-- What fired for a signal that the newest day does not have any more.
WITH newest AS MATERIALIZED (
    SELECT currency, max(day) AS day
    FROM signals
    WHERE day >= %(since)s
    GROUP BY currency
)
SELECT
    a.id, a.owner_id, w.subject, 'ABOVE', a.threshold, a.hysteresis_percent, a.repeats,
    coalesce(a.snoozed_until > now(), false), a.version, w.state, w.crossing, w.seen_at,
    NULL::numeric, n.day::timestamp AT TIME ZONE 'UTC',
    NULL::integer, NULL::text, NULL::text, NULL::integer, a.currency
FROM alerts a
JOIN alert_watches w ON w.alert_id = a.id AND w.state = 'FIRED'
JOIN newest n ON n.currency = a.currency
WHERE a.kind = 'SIGNAL' AND NOT a.is_paused {who}
    AND w.seen_at < n.day::timestamp AT TIME ZONE 'UTC'
    AND NOT EXISTS (
        SELECT FROM signals s
        WHERE s.card_id = split_part(w.subject, ':', 1)::integer
            AND s.finish::text = split_part(w.subject, ':', 2)
            AND s.kind::text = split_part(w.subject, ':', 3)
            AND s.currency = a.currency AND s.day = n.day
    )
