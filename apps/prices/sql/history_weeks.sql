-- Weekly candles from daily ones: the average from sums and counts, never from
-- averages.
SELECT
    time_bucket(INTERVAL '7 days', bucket) AS moment,
    marketplace_id, condition, finish, language, min(currency) AS currency,
    first(open_price, bucket) AS open_price, max(high_price) AS high_price,
    min(low_price) AS low_price, last(close_price, bucket) AS close_price,
    round(sum(price_sum) / sum(price_count))::integer AS average_price,
    sum(price_count)::bigint AS price_count
FROM card_prices_daily
WHERE card_id = %(card_id)s AND bucket >= %(start)s AND bucket <= %(end)s
  AND {series_filter}
GROUP BY 1, 2, 3, 4, 5
