-- The days on which each stream reported something, told by %(series)s of its series
-- that were seen of late: all of them would be millions of rows.
WITH streams AS (
    SELECT * FROM unnest(%(stream_ids)s::smallint[], %(seen_since)s::timestamptz[])
        AS s (id, seen_since)
),
sample AS (
    SELECT s.id AS marketplace_id, l.card_id, l.condition, l.finish, l.language
    FROM streams s
    CROSS JOIN LATERAL (
        SELECT card_id, condition, finish, language
        FROM latest_prices
        WHERE marketplace_id = s.id AND as_of >= s.seen_since
        LIMIT %(series)s
    ) l
)
SELECT DISTINCT d.marketplace_id, (d.bucket AT TIME ZONE 'UTC')::date
FROM sample
JOIN card_prices_daily d
    ON d.card_id = sample.card_id
    AND d.marketplace_id = sample.marketplace_id
    AND d.condition = sample.condition
    AND d.finish = sample.finish
    AND d.language = sample.language
WHERE d.bucket >= %(start)s AND d.bucket < %(end)s
