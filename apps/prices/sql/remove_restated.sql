DELETE FROM price_snapshots s
USING restated_prices r
WHERE s.card_id = r.card_id
    AND s.marketplace_id = r.marketplace_id
    AND s.condition = r.condition
    AND s.finish = r.finish
    AND s.language = r.language
    AND s.time = r.time
    AND s.time BETWEEN %(start)s AND %(end)s;
