-- What the latest prices of each stream tell of what is on offer.
INSERT INTO stream_volumes
    (marketplace_id, series_count, listed_count, listings, counted_count, quantity)
SELECT
    marketplace_id, count(*),
    count(num_listings), coalesce(sum(num_listings), 0),
    count(total_quantity), coalesce(sum(total_quantity), 0)
FROM latest_prices
GROUP BY marketplace_id
