-- Standing advice, issued since an alert was made, that it has not told of yet; after
-- watched_cards.sql. Replays of the past are no news.
SELECT
    a.id, a.owner_id, concat('advice:', r.id), 'ABOVE', a.min_confidence, 0::numeric,
    false, coalesce(a.snoozed_until > now(), false), a.version, 'ARMED', 0,
    NULL::timestamptz, r.confidence, r.issued_at, r.card_id, r.finish::text,
    concat_ws(' ', r.kind, r.horizon_days), r.marketplace_id, a.currency
FROM asked a
JOIN watched c ON c.alert_id = a.id
JOIN recommendations r
    ON r.card_id = c.card_id AND r.currency = a.currency
    AND r.is_active AND NOT r.is_replay AND r.issued_at > a.created_at
    AND (r.tier = 'MARKET' OR r.user_id = a.owner_id)
    AND (a.advice_kind = '' OR r.kind = a.advice_kind)
    AND r.confidence >= a.min_confidence
WHERE NOT EXISTS (
    SELECT FROM alert_watches w
    WHERE w.alert_id = a.id AND w.subject = concat('advice:', r.id)
)
