-- Also guarded against a writer that came between: what is equal is not written.
INSERT INTO price_snapshots AS old (
    time, card_id, marketplace_id, condition, finish, language, currency, price,
    price_low, price_mid, price_high, price_market, num_listings, total_quantity,
    run_id
)
SELECT
    c.time, c.card_id, c.marketplace_id, c.condition, c.finish, c.language,
    m.currency, c.price, c.price_low, c.price_mid, c.price_high, c.price_market,
    c.num_listings, c.total_quantity, %(run_id)s
FROM changed_prices c
JOIN marketplaces m ON m.id = c.marketplace_id
WHERE NOT c.is_superseded
ORDER BY c.card_id, c.marketplace_id, c.condition, c.finish, c.language, c.time
ON CONFLICT (card_id, marketplace_id, condition, finish, language, time)
DO UPDATE SET
    price = excluded.price,
    price_low = excluded.price_low,
    price_mid = excluded.price_mid,
    price_high = excluded.price_high,
    price_market = excluded.price_market,
    num_listings = excluded.num_listings,
    total_quantity = excluded.total_quantity,
    run_id = excluded.run_id
WHERE (old.price, old.price_low, old.price_mid, old.price_high, old.price_market,
       old.num_listings, old.total_quantity)
    IS DISTINCT FROM
      (excluded.price, excluded.price_low, excluded.price_mid, excluded.price_high,
       excluded.price_market, excluded.num_listings, excluded.total_quantity);
