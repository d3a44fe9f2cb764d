-- A latest price that is derived again came by the run of its own row.
UPDATE latest_prices l
SET run_id = s.run_id
FROM restated_prices r
JOIN price_snapshots s
    ON s.card_id = r.card_id
    AND s.marketplace_id = r.marketplace_id
    AND s.condition = r.condition
    AND s.finish = r.finish
    AND s.language = r.language
WHERE l.card_id = r.card_id
    AND l.marketplace_id = r.marketplace_id
    AND l.condition = r.condition
    AND l.finish = r.finish
    AND l.language = r.language
    AND s.time = l.as_of
    AND l.run_id IS DISTINCT FROM s.run_id;
