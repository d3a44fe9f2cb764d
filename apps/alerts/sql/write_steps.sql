-- Writes what the machine decided, in one statement; whoever comes second finds another
-- state than it saw, and changes nothing. Returns what was written.
INSERT INTO alert_watches (alert_id, subject, state, crossing, seen_at)
SELECT a.id, s.subject, s.state, s.crossing, s.seen_at
FROM unnest(
    %(alert_ids)s::bigint[], %(versions)s::integer[], %(subjects)s::text[],
    %(states)s::text[], %(crossings)s::integer[], %(seen_at)s::timestamptz[]
) AS s (alert_id, version, subject, state, crossing, seen_at)
JOIN alerts a ON a.id = s.alert_id AND a.version = s.version AND NOT a.is_paused
ORDER BY a.id, s.subject
FOR KEY SHARE OF a
ON CONFLICT (alert_id, subject) DO UPDATE
SET state = excluded.state, crossing = excluded.crossing, seen_at = excluded.seen_at
WHERE (alert_watches.state, alert_watches.crossing) = (
    CASE excluded.state WHEN 'ARMED' THEN 'FIRED' ELSE 'ARMED' END,
    CASE excluded.state WHEN 'ARMED' THEN excluded.crossing ELSE excluded.crossing - 1 END
)
RETURNING alert_id, subject, crossing
