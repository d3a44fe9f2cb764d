-- The observations themselves, as many of the newest as a chart can show.
SELECT
    moment, marketplace_id, condition, finish, language, currency,
    price AS open_price, price AS high_price, price AS low_price,
    price AS close_price, price AS average_price, 1 AS price_count
FROM (
    SELECT
        time AS moment, marketplace_id, condition, finish, language, currency, price,
        row_number() OVER (
            PARTITION BY marketplace_id, condition, finish, language
            ORDER BY time DESC
        ) AS rank
    FROM price_snapshots
    WHERE card_id = %(card_id)s AND time >= %(start)s AND time <= %(end)s
      AND {series_filter}
) AS newest
WHERE rank <= %(max_points)s
