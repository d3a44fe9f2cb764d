-- A change is told from the row before where the new row simply follows it, from the
-- stored history otherwise (first load, late rows, corrections); beyond the history
-- that is read, what was known before stands.
WITH told AS (
    SELECT
        t.*,
        at_1d.price AS price_1d,
        at_7d.price AS price_7d,
        at_30d.price AS price_30d,
        at_90d.price AS price_90d,
        CASE
            WHEN t.is_next AND t.old_price = t.price THEN t.old_previous_price
            WHEN t.is_next THEN t.old_price
            WHEN other.price IS NOT NULL THEN other.price
            WHEN t.old_price <> t.price AND t.old_as_of < t.as_of THEN t.old_price
            WHEN t.old_changed_at < t.as_of - %(oldest)s THEN t.old_previous_price
        END AS previous_price,
        CASE
            WHEN t.is_next AND t.old_price = t.price THEN t.old_changed_at
            WHEN t.is_next THEN t.as_of
            WHEN other.price IS NOT NULL THEN since.time
            WHEN t.old_price <> t.price AND t.old_as_of < t.as_of THEN t.first_time
            WHEN t.old_changed_at < t.as_of - %(oldest)s THEN t.old_changed_at
        END AS changed_at
    FROM touched_series t
    LEFT JOIN references_1d at_1d ON at_1d.id = t.id
    LEFT JOIN references_7d at_7d ON at_7d.id = t.id
    LEFT JOIN references_30d at_30d ON at_30d.id = t.id
    LEFT JOIN references_90d at_90d ON at_90d.id = t.id
    LEFT JOIN LATERAL (
        SELECT s.time, s.price
        FROM price_snapshots s
        WHERE NOT t.is_next
            AND s.card_id = t.card_id
            AND s.marketplace_id = t.marketplace_id
            AND s.condition = t.condition
            AND s.finish = t.finish
            AND s.language = t.language
            AND s.time >= t.as_of - %(oldest)s
            AND (t.comparable_from IS NULL OR s.time >= t.comparable_from)
            AND s.time <= t.as_of
            AND s.price <> t.price
        ORDER BY s.time DESC
        LIMIT 1
    ) other ON true
    LEFT JOIN LATERAL (
        SELECT s.time
        FROM price_snapshots s
        WHERE NOT t.is_next
            AND s.card_id = t.card_id
            AND s.marketplace_id = t.marketplace_id
            AND s.condition = t.condition
            AND s.finish = t.finish
            AND s.language = t.language
            AND s.time >= other.time
            AND s.time <= t.as_of
            AND s.price = t.price
        ORDER BY s.time
        LIMIT 1
    ) since ON true
)
INSERT INTO latest_prices AS old (
    card_id, marketplace_id, condition, finish, language, currency, as_of, price,
    price_low, price_mid, price_high, price_market, num_listings, total_quantity,
    run_id, previous_price, changed_at, price_1d, price_7d, price_30d, price_90d
)
SELECT
    n.card_id, n.marketplace_id, n.condition, n.finish, n.language, m.currency,
    n.as_of, n.price, n.price_low, n.price_mid, n.price_high, n.price_market,
    n.num_listings, n.total_quantity, n.run_id, n.previous_price, n.changed_at,
    n.price_1d,
    n.price_7d,
    n.price_30d,
    n.price_90d
FROM told n
JOIN marketplaces m ON m.id = n.marketplace_id
ON CONFLICT (card_id, marketplace_id, condition, finish, language)
DO UPDATE SET
    as_of = excluded.as_of,
    price = excluded.price,
    price_low = excluded.price_low,
    price_mid = excluded.price_mid,
    price_high = excluded.price_high,
    price_market = excluded.price_market,
    num_listings = excluded.num_listings,
    total_quantity = excluded.total_quantity,
    run_id = excluded.run_id,
    previous_price = excluded.previous_price,
    changed_at = excluded.changed_at,
    price_1d = excluded.price_1d,
    price_7d = excluded.price_7d,
    price_30d = excluded.price_30d,
    price_90d = excluded.price_90d;
