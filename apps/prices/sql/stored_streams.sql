-- What is stored in a range of time, stream by stream, packed for the client: cards
-- with their prices, as 32 bits above 31; the times, in microseconds since 2000; and
-- further figures if wanted. A stream's values are in no order, but in the same one in
-- every column.
SELECT
    marketplace_id, condition::text, finish::text, language::text,
    string_agg(int8send(card_id::bigint << 31 | price), ''),
    string_agg(timestamptz_send(time), ''){extras}
FROM price_snapshots
WHERE time BETWEEN %(start)s AND %(end)s AND {which}
GROUP BY 1, 2, 3, 4
