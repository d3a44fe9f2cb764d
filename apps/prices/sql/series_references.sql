-- What each touched series is compared with, in one pass over its stored history:
-- for every window the newest observation at or before its start, within tolerance;
-- and the newest observation of another price. max() over (time, price) packed in
-- one integer runs in C: 31 bits of seconds above 31 of thousandths.
CREATE TEMP TABLE series_references ON COMMIT DROP AS
SELECT
    t.id,
    max(packed) FILTER (WHERE s.time BETWEEN t.oldest_1d AND t.newest_1d) AS at_1d,
    max(packed) FILTER (WHERE s.time BETWEEN t.oldest_7d AND t.newest_7d) AS at_7d,
    max(packed) FILTER (WHERE s.time BETWEEN t.oldest_30d AND t.newest_30d) AS at_30d,
    max(packed) FILTER (WHERE s.time BETWEEN t.oldest_90d AND t.newest_90d) AS at_90d,
    max(packed) FILTER (WHERE s.price <> t.price) AS other_price
FROM touched_series t
JOIN price_snapshots s
    ON s.card_id = t.card_id
    AND s.marketplace_id = t.marketplace_id
    AND s.condition = t.condition
    AND s.finish = t.finish
    AND s.language = t.language
    AND s.time >= t.oldest_90d
    AND s.time <= t.as_of
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM s.time)::bigint << 31 | s.price AS packed
) p
WHERE s.time >= %(start)s AND s.time <= %(end)s
GROUP BY t.id;
