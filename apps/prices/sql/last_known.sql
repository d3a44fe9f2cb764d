-- The latest prices of some streams, packed for the client as in stored_streams.sql.
SELECT
    marketplace_id, condition::text, finish::text, language::text,
    string_agg(int8send(card_id::bigint << 31 | price), ''),
    string_agg(timestamptz_send(as_of), '')
FROM latest_prices
WHERE marketplace_id = ANY(%(marketplace_ids)s)
GROUP BY 1, 2, 3, 4
