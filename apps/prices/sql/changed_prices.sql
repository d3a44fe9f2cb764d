-- The staged rows that say something new: rows that are stored as they are fall out
-- here, before anything is written, so an identical file leaves no dead rows. A row
-- that a newer file of any source has corrected stays as that file said. The enums'
-- members are looked up once, in a subquery: as a call they would be for every row.
CREATE TEMP TABLE changed_prices ON COMMIT DROP AS
WITH staged AS (
    SELECT
        time, card_id, marketplace_id, price,
        (SELECT enum_range(NULL::card_condition))[condition + 1] AS condition,
        (SELECT enum_range(NULL::card_finish))[finish + 1] AS finish,
        (SELECT enum_range(NULL::card_language))[language + 1] AS language,
        nullif(price_low, 0) AS price_low,
        nullif(price_mid, 0) AS price_mid,
        nullif(price_high, 0) AS price_high,
        nullif(price_market, 0) AS price_market,
        nullif(num_listings, -1) AS num_listings,
        nullif(total_quantity, -1) AS total_quantity
    FROM staged_prices
)
SELECT
    staged.*,
    coalesce(r.as_of > %(as_of)s, false) AS is_superseded
FROM staged
LEFT JOIN price_snapshots s
    ON s.card_id = staged.card_id
    AND s.marketplace_id = staged.marketplace_id
    AND s.condition = staged.condition
    AND s.finish = staged.finish
    AND s.language = staged.language
    AND s.time = staged.time
    AND s.time >= %(start)s AND s.time < %(end)s
LEFT JOIN ingest_runs r ON r.id = s.run_id
WHERE s.price IS NULL
    OR s.price <> staged.price
    OR (s.price_low, s.price_mid, s.price_high, s.price_market, s.num_listings,
        s.total_quantity)
    IS DISTINCT FROM
       (staged.price_low, staged.price_mid, staged.price_high, staged.price_market,
        staged.num_listings, staged.total_quantity);
