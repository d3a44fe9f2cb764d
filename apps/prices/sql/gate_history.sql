-- What is stored of some cards around a week; times in microseconds since the epoch.
SELECT
    card_id, marketplace_id, condition::text, finish::text, language::text,
    (extract(epoch FROM time) * 1000000)::bigint, price
FROM price_snapshots
WHERE card_id = ANY(%(card_ids)s) AND time >= %(start)s AND time < %(end)s;
