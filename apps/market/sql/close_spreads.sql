-- What was not found this time has closed; it keeps when it was seen last.
UPDATE spread_opportunities o SET is_open = false
WHERE o.is_open AND NOT EXISTS (
    SELECT FROM found_spreads f
    WHERE f.problem = '' AND f.kind = o.kind AND f.card_id = o.card_id
        AND f.ask_marketplace_id = o.ask_marketplace_id
        AND f.bid_marketplace_id = o.bid_marketplace_id
        AND f.condition = o.condition AND f.finish = o.finish
        AND f.language = o.language
)
