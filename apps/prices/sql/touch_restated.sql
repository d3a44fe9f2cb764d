-- The newest price that is left of each series that lost one.
INSERT INTO touched_prices
SELECT
    r.card_id, r.marketplace_id, r.condition, r.finish, r.language,
    s.time, s.time, 1, s.price,
    s.price_low, s.price_mid, s.price_high, s.price_market, s.num_listings,
    s.total_quantity
FROM (
    SELECT DISTINCT card_id, marketplace_id, condition, finish, language
    FROM restated_prices
) r
CROSS JOIN LATERAL (
    SELECT *
    FROM price_snapshots newest
    WHERE newest.card_id = r.card_id
        AND newest.marketplace_id = r.marketplace_id
        AND newest.condition = r.condition
        AND newest.finish = r.finish
        AND newest.language = r.language
    ORDER BY newest.time DESC
    LIMIT 1
) s;
