-- The lowest newest price of each printing that anybody asks in a currency.
SELECT l.card_id, min(l.price)
FROM latest_prices l
JOIN marketplaces m ON m.id = l.marketplace_id AND m.is_active AND m.side <> 'BUYLIST'
WHERE l.currency = %(currency)s
  AND l.condition = 'NEAR_MINT'
  AND l.language = 'ENGLISH'
GROUP BY l.card_id
