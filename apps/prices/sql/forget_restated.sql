-- The latest price of a series that lost one may be the one it lost.
DELETE FROM latest_prices l
USING restated_prices r
WHERE l.card_id = r.card_id
    AND l.marketplace_id = r.marketplace_id
    AND l.condition = r.condition
    AND l.finish = r.finish
    AND l.language = r.language;
