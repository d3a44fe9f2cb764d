-- History of cards that were merged into others. Where both have a price of the same
-- moment, the target's stands.
INSERT INTO price_snapshots (
    time, card_id, marketplace_id, condition, finish, language, currency, price,
    price_low, price_mid, price_high, price_market, num_listings, total_quantity,
    run_id
)
SELECT
    s.time, m.new_id, s.marketplace_id, s.condition, s.finish, s.language,
    s.currency, s.price, s.price_low, s.price_mid, s.price_high, s.price_market,
    s.num_listings, s.total_quantity, s.run_id
FROM price_snapshots s
JOIN merged_cards m ON m.old_id = s.card_id
ON CONFLICT (card_id, marketplace_id, condition, finish, language, time) DO NOTHING;
