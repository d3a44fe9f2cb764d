-- Weekly candles from daily ones: the average from sums and counts, never from
-- averages. The week in which a stream changed what it measures is two candles, the
-- second beginning on that day.
SELECT
    greatest(time_bucket(INTERVAL '7 days', bucket), era_began_at) AS moment,
    marketplace_id, condition, finish, language, min(currency) AS currency,
    first(open_price, bucket) AS open_price, max(high_price) AS high_price,
    min(low_price) AS low_price, last(close_price, bucket) AS close_price,
    round(sum(price_sum) / sum(price_count))::integer AS average_price,
    sum(price_count)::bigint AS price_count
FROM (
    SELECT
        daily.*,
        (SELECT era.began_at FROM stream_eras era
         WHERE era.marketplace_id = daily.marketplace_id
           AND daily.bucket >= era.began_at AND daily.bucket < era.ended_at
        ) AS era_began_at
    FROM card_prices_daily daily
    WHERE card_id = %(card_id)s AND bucket >= %(start)s AND bucket <= %(end)s
      AND {series_filter}
) AS days
GROUP BY 1, 2, 3, 4, 5
