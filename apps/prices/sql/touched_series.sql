-- Each series a run wrote to, as it stands now: the newer of the run's last row and
-- the latest price known before (`old`). `is_next` is the everyday case, one row
-- newer than all before it, for which the old row tells what changed. A row from before
-- the stream's last break tells nothing: it is not joined, and `comparable_from` is the
-- break, null before the first one. No temporary table, as parallel workers may not read
-- those; writers take turns, and drop it before they commit.
CREATE UNLOGGED TABLE touched_series AS
WITH newest AS (
    SELECT DISTINCT ON (card_id, marketplace_id, condition, finish, language)
        card_id, marketplace_id, condition, finish, language, time, price,
        price_low, price_mid, price_high, price_market, num_listings, total_quantity,
        min(first_time) OVER series AS first_time,
        sum(rows_written) OVER series AS rows_written
    FROM touched_prices
    WINDOW series AS (
        PARTITION BY card_id, marketplace_id, condition, finish, language
    )
    ORDER BY card_id, marketplace_id, condition, finish, language, time DESC
)
SELECT
    (row_number() OVER ())::integer AS id,
    n.card_id, n.marketplace_id, n.condition, n.finish, n.language,
    n.first_time,
    greatest(n.time, old.as_of) AS as_of,
    era.began_at AS comparable_from,
    coalesce(n.first_time > old.as_of AND n.rows_written = 1, false) AS is_next,
    old.as_of AS old_as_of,
    old.price AS old_price,
    old.previous_price AS old_previous_price,
    old.changed_at AS old_changed_at,
    CASE WHEN old.as_of > n.time THEN old.price ELSE n.price END AS price,
    CASE WHEN old.as_of > n.time THEN old.price_low ELSE n.price_low END
        AS price_low,
    CASE WHEN old.as_of > n.time THEN old.price_mid ELSE n.price_mid END
        AS price_mid,
    CASE WHEN old.as_of > n.time THEN old.price_high ELSE n.price_high END
        AS price_high,
    CASE WHEN old.as_of > n.time THEN old.price_market ELSE n.price_market END
        AS price_market,
    CASE WHEN old.as_of > n.time THEN old.num_listings ELSE n.num_listings END
        AS num_listings,
    CASE WHEN old.as_of > n.time THEN old.total_quantity ELSE n.total_quantity END
        AS total_quantity,
    CASE WHEN old.as_of > n.time THEN old.run_id ELSE %(run_id)s END AS run_id
FROM newest n
LEFT JOIN stream_eras written
    ON written.marketplace_id = n.marketplace_id
    AND n.time >= written.began_at AND n.time < written.ended_at
LEFT JOIN latest_prices old
    ON old.card_id = n.card_id
    AND old.marketplace_id = n.marketplace_id
    AND old.condition = n.condition
    AND old.finish = n.finish
    AND old.language = n.language
    AND (written.began_at IS NULL OR old.as_of >= written.began_at)
LEFT JOIN stream_eras era
    ON era.marketplace_id = n.marketplace_id
    AND greatest(n.time, old.as_of) >= era.began_at
    AND greatest(n.time, old.as_of) < era.ended_at;
