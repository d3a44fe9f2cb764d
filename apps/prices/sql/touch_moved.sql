INSERT INTO touched_prices
SELECT
    m.new_id, s.marketplace_id, s.condition, s.finish, s.language, s.time, s.time, 1,
    s.price, s.price_low, s.price_mid, s.price_high, s.price_market, s.num_listings,
    s.total_quantity
FROM price_snapshots s
JOIN merged_cards m ON m.old_id = s.card_id;
