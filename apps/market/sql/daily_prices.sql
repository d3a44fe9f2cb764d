-- Near Mint English days of some printings in some streams: the last price, and the
-- copies on offer (the mean of what the day's observations say, -1 where none does).
-- Days count from the epoch, finishes in the order of their enum.
SELECT
    card_id,
    marketplace_id,
    CASE finish WHEN 'NONFOIL' THEN 0 WHEN 'FOIL' THEN 1 ELSE 2 END::smallint,
    (date_part('epoch', bucket) / 86400)::integer,
    close_price,
    coalesce(round(total_quantity::double precision / price_count), -1)::integer
FROM card_prices_daily
WHERE card_id >= %(first_card)s
  AND card_id < %(end_card)s
  AND bucket >= %(start)s
  AND bucket < %(end)s
  AND condition = 'NEAR_MINT'
  AND language = 'ENGLISH'
  AND marketplace_id = ANY(%(marketplace_ids)s)
  AND close_price > 0
