-- The last price of each Near Mint English series on each day of a range, packed for the
-- client by day, stream and finish: cards with their prices, as 32 bits above 31, in no
-- order. Days count from the epoch, finishes in the order of their enum.
SELECT
    (date_part('epoch', bucket) / 86400)::integer,
    marketplace_id,
    CASE finish WHEN 'NONFOIL' THEN 0 WHEN 'FOIL' THEN 1 ELSE 2 END,
    string_agg(int8send(card_id::bigint << 31 | close_price), '')
FROM card_prices_daily
WHERE bucket >= %(start)s
  AND bucket < %(end)s
  AND condition = 'NEAR_MINT'
  AND language = 'ENGLISH'
  AND marketplace_id = ANY(%(marketplace_ids)s)
  AND close_price > 0
GROUP BY bucket, marketplace_id, finish
