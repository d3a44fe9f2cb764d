-- The last Near Mint English price of each series of some cards on each day of a range.
-- Days count from the epoch, finishes in the order of their enum.
SELECT
    (date_part('epoch', bucket) / 86400)::integer,
    card_id,
    marketplace_id::smallint,
    CASE finish WHEN 'NONFOIL' THEN 0 WHEN 'FOIL' THEN 1 ELSE 2 END::smallint,
    close_price
FROM card_prices_daily
WHERE bucket >= %(start)s
  AND bucket < %(end)s
  AND card_id = ANY(%(card_ids)s)
  AND marketplace_id = ANY(%(marketplace_ids)s)
  AND condition = 'NEAR_MINT'
  AND language = 'ENGLISH'
  AND close_price > 0
