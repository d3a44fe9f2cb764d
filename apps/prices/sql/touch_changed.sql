INSERT INTO touched_prices
SELECT
    card_id, marketplace_id, condition, finish, language, time, time, 1, price,
    price_low, price_mid, price_high, price_market, num_listings, total_quantity
FROM changed_prices
WHERE NOT is_superseded;
