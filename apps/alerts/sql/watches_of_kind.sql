-- The alerts of a kind with everything they have watched so far.
SELECT
    a.id, a.owner_id, coalesce(w.subject, ''), 'BELOW', a.threshold, a.hysteresis_percent,
    a.repeats, coalesce(a.snoozed_until > now(), false), a.version,
    coalesce(w.state, 'ARMED'), coalesce(w.crossing, 0), w.seen_at, a.marketplace_id
FROM alerts a
LEFT JOIN alert_watches w ON w.alert_id = a.id
WHERE a.kind = %(kind)s AND NOT a.is_paused {who}
