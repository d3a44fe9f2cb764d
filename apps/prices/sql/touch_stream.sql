-- Every series of a stream as if a row had come just before its newest: what it is stays,
-- what it is compared with is worked out anew.
INSERT INTO touched_prices
SELECT
    card_id, marketplace_id, condition, finish, language,
    as_of - interval '1 microsecond', as_of - interval '1 microsecond', 1, price,
    price_low, price_mid, price_high, price_market, num_listings, total_quantity
FROM latest_prices
WHERE marketplace_id = %(marketplace_id)s;
