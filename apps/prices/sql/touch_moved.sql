-- What merged cards brought their targets, as it stands after the move: where both had
-- a price of the same moment, the target's.
INSERT INTO touched_prices
SELECT
    n.card_id, n.marketplace_id, n.condition, n.finish, n.language, n.time, n.time, 1,
    n.price, n.price_low, n.price_mid, n.price_high, n.price_market, n.num_listings,
    n.total_quantity
FROM merged_cards m
JOIN price_snapshots s ON s.card_id = m.old_id
JOIN price_snapshots n
    ON n.card_id = m.new_id
    AND n.marketplace_id = s.marketplace_id
    AND n.condition = s.condition
    AND n.finish = s.finish
    AND n.language = s.language
    AND n.time = s.time;
