-- Candles as an aggregate keeps them.
SELECT
    bucket AS moment, marketplace_id, condition, finish, language, currency,
    open_price, high_price, low_price, close_price,
    round(avg_price)::integer AS average_price, price_count
FROM {aggregate}
WHERE card_id = %(card_id)s AND bucket >= %(start)s AND bucket <= %(end)s
  AND {series_filter}
