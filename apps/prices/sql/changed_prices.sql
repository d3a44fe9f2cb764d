-- The staged rows that say something new: rows that are stored as they are fall out
-- here, before anything is written, so an identical file leaves no dead rows. A row
-- that a newer file of any source has corrected stays as that file said.
CREATE TEMP TABLE changed_prices ON COMMIT DROP AS
SELECT
    staged.*,
    coalesce(r.as_of > %(as_of)s, false) AS is_superseded
FROM staged_prices staged
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
