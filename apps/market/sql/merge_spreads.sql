-- What was found and is live: seen again where it is open already, else opened.
MERGE INTO spread_opportunities o
USING (SELECT * FROM found_spreads WHERE problem = '') AS f
ON o.is_open AND o.kind = f.kind AND o.card_id = f.card_id
    AND o.ask_marketplace_id = f.ask_marketplace_id
    AND o.bid_marketplace_id = f.bid_marketplace_id
    AND o.condition = f.condition AND o.finish = f.finish AND o.language = f.language
WHEN MATCHED THEN UPDATE SET
    ask = f.ask, bid = f.bid, bid_worth = f.bid_worth, rate = f.rate,
    rate_on = CASE WHEN f.rate IS NOT NULL THEN %(rate_on)s::date END,
    gross_percent = f.gross_percent, ask_quantity = f.ask_quantity,
    bid_quantity = f.bid_quantity, ask_as_of = f.ask_as_of, bid_as_of = f.bid_as_of,
    last_seen = %(now)s
WHEN NOT MATCHED THEN INSERT (
    kind, card_id, condition, finish, language, ask_marketplace_id, bid_marketplace_id,
    ask_currency, bid_currency, ask, bid, bid_worth, rate, rate_on, gross_percent,
    ask_quantity, bid_quantity, ask_as_of, bid_as_of, first_seen, last_seen, is_open
) VALUES (
    f.kind, f.card_id, f.condition, f.finish, f.language, f.ask_marketplace_id,
    f.bid_marketplace_id, f.ask_currency, f.bid_currency, f.ask, f.bid, f.bid_worth,
    f.rate, CASE WHEN f.rate IS NOT NULL THEN %(rate_on)s::date END, f.gross_percent,
    f.ask_quantity, f.bid_quantity, f.ask_as_of, f.bid_as_of, %(now)s, %(now)s, true
)
