-- Give a product what another one, found to be the same, has and it has not.
INSERT INTO sealed_prices (product_id, marketplace_id, day, as_of, price, price_low)
SELECT %(to)s, marketplace_id, day, as_of, price, price_low
FROM sealed_prices
WHERE product_id = %(from)s
ON CONFLICT (product_id, marketplace_id, day) DO NOTHING
