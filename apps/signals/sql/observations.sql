-- Near Mint English prices of some cards, day by day, packed for the client: cards with
-- their last price of the day, as 32 bits above 31; the days, in microseconds since
-- 2000; and one more than the copies that were on offer, 0 where that is not told. The
-- values of a stream and finish are in no order, but the same in every column.
SELECT
    marketplace_id::integer,
    CASE finish WHEN 'NONFOIL' THEN 0 WHEN 'FOIL' THEN 1 ELSE 2 END,
    string_agg(int8send(card_id::bigint << 31 | close_price), ''),
    string_agg(timestamptz_send(bucket), ''),
    string_agg(
        int4send(coalesce(total_quantity / price_count + 1, 0)::integer), ''
    )
FROM card_prices_daily
WHERE bucket >= %(start)s
  AND bucket < %(end)s
  AND card_id BETWEEN %(first_card)s AND %(last_card)s
  AND (%(card_ids)s::integer[] IS NULL OR card_id = ANY(%(card_ids)s::integer[]))
  AND condition = 'NEAR_MINT'
  AND language = 'ENGLISH'
  AND marketplace_id = ANY(%(marketplace_ids)s)
  AND close_price > 0
GROUP BY marketplace_id, finish
