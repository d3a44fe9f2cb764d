-- Which first rows are in question: those far from the price their series had before
-- ('moved'), and those of a series that had none, which are new ('new') or moreover
-- far from what is stored of other streams of the card ('disputed'). Rows that are
-- stored as they are do not come back. The latest price tells what was before, but
-- for late rows; then history does, as far as it is looked back.
WITH known AS (
    SELECT
        f.*, m.vendor, m.currency, m.side = 'BUYLIST' AS is_buylist,
        coalesce(e.began_at, '-infinity') AS since,
        l.price AS latest_price, l.as_of,
        coalesce(l.as_of >= f.time, false) AS is_late
    FROM gate_firsts f
    JOIN marketplaces m ON m.id = f.marketplace_id
    LEFT JOIN stream_eras e
        ON e.marketplace_id = f.marketplace_id
        AND f.time >= e.began_at AND f.time < e.ended_at
    LEFT JOIN latest_prices l
        ON l.card_id = f.card_id
        AND l.marketplace_id = f.marketplace_id
        AND l.condition = f.condition
        AND l.finish = f.finish
        AND l.language = f.language
), compared AS (
    SELECT
        k.*,
        CASE
            WHEN k.is_late THEN before.price
            WHEN k.as_of >= greatest(k.time - %(look_back)s, k.since)
                THEN k.latest_price
        END AS own_price
    FROM known k
    LEFT JOIN price_snapshots s
        ON k.is_late
        AND s.card_id = k.card_id
        AND s.marketplace_id = k.marketplace_id
        AND s.condition = k.condition
        AND s.finish = k.finish
        AND s.language = k.language
        AND s.time = k.time
        AND s.time >= %(start)s AND s.time < %(end)s
    LEFT JOIN LATERAL (
        SELECT b.price
        FROM price_snapshots b
        WHERE k.is_late
            AND s.price IS DISTINCT FROM k.price
            AND b.card_id = k.card_id
            AND b.marketplace_id = k.marketplace_id
            AND b.condition = k.condition
            AND b.finish = k.finish
            AND b.language = k.language
            AND b.time >= greatest(k.time - %(look_back)s, k.since)
            AND b.time < k.time
        ORDER BY b.time DESC
        LIMIT 1
    ) before ON true
    WHERE s.price IS DISTINCT FROM k.price
), answered AS (
    SELECT
        c.n,
        CASE
            WHEN c.own_price IS NOT NULL THEN 'moved'
            WHEN EXISTS (
                SELECT FROM latest_prices o
                JOIN marketplaces om ON om.id = o.marketplace_id
                WHERE o.card_id = c.card_id
                    AND o.marketplace_id <> c.marketplace_id
                    AND o.condition = c.condition
                    AND o.finish = c.finish
                    AND o.language = c.language
                    AND om.currency = c.currency
                    AND CASE
                        WHEN om.vendor <> c.vendor
                            AND (om.side = 'BUYLIST') = c.is_buylist
                        THEN greatest(o.price, c.price, %(floor)s)
                            > %(newcomer)s * greatest(
                                least(o.price, c.price), %(floor)s)
                        WHEN om.vendor = c.vendor AND om.side = 'RETAIL'
                            AND c.is_buylist
                        THEN c.price > %(above_retail)s
                            * greatest(o.price, %(floor)s)
                        ELSE false
                    END
            ) THEN 'disputed'
            ELSE 'new'
        END AS question
    FROM compared c
    WHERE c.own_price IS NULL
        OR greatest(c.price, %(floor)s) > greatest(c.own_price, %(floor)s)
            * CASE WHEN c.is_buylist THEN %(above_retail)s ELSE %(sideways)s END
        OR greatest(c.own_price, %(floor)s)
            > %(sideways)s * greatest(c.price, %(floor)s)
)
SELECT question, array_agg(n ORDER BY n) FROM answered GROUP BY question;
