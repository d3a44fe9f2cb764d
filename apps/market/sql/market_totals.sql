-- How much is known of each currency's prices, from the latest ones in one pass: each
-- printing's first, then the currency's. The mean is of Near Mint prices that are not
-- a buylist's.
INSERT INTO market_totals
    (currency, priced_card_count, series_count, average_price)
SELECT
    currency, count(*), sum(series), round(sum(asked_sum) / nullif(sum(asked), 0))
FROM (
    SELECT
        l.currency, l.card_id, count(*) AS series,
        count(*) FILTER (
            WHERE l.condition = 'NEAR_MINT' AND m.side <> 'BUYLIST') AS asked,
        sum(l.price) FILTER (
            WHERE l.condition = 'NEAR_MINT' AND m.side <> 'BUYLIST') AS asked_sum
    FROM latest_prices l
    JOIN marketplaces m ON m.id = l.marketplace_id
    GROUP BY l.currency, l.card_id
) AS printings
GROUP BY currency
