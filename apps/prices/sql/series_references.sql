-- What the touched series are compared with over one window: of each, the newest
-- observation at or before the window's start, no older than its tolerance and not
-- from before the stream's last break. [start, end] bounds that for all of them, so that
-- only the chunks in question are read. max() over (time, price) packed in one integer
-- runs in C: 31 bits of seconds above 31 of thousandths.
CREATE UNLOGGED TABLE references_{window} AS
SELECT
    t.id,
    (max(date_part('epoch', s.time)::bigint << 31 | s.price) & 2147483647)::integer
        AS price
FROM touched_series t
JOIN price_snapshots s
    ON s.card_id = t.card_id
    AND s.marketplace_id = t.marketplace_id
    AND s.condition = t.condition
    AND s.finish = t.finish
    AND s.language = t.language
    AND s.time BETWEEN t.as_of - %(oldest)s AND t.as_of - %(length)s
    AND (t.comparable_from IS NULL OR s.time >= t.comparable_from)
WHERE s.time BETWEEN %(start)s AND %(end)s
GROUP BY t.id;
