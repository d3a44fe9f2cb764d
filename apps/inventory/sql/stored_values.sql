-- The days of a chart since something was held, each with the basis it would be worked
-- out by now and what is stored of it. Every day of the newest year, Sundays before.
, came AS (
    SELECT
        started,
        sum(quantity * hashtextextended(concat_ws(
            '|', card_id, finish, condition, language, is_special, is_measured
        ), 0)::numeric) AS fingerprint
    FROM segments
    GROUP BY started
),
days AS (
    SELECT f.first + n AS day
    FROM (
        SELECT greatest(%(start)s::date, (SELECT min(started) FROM came)) AS first
    ) AS f
    CROSS JOIN LATERAL generate_series(0, %(end)s::date - f.first) AS n
    WHERE f.first + n > %(end)s::date - 366 OR date_part('dow', f.first + n) = 0
),
due AS (
    SELECT d.day, md5(sum(c.fingerprint)::text || %(choices)s) AS basis
    FROM days d
    JOIN came c ON c.started <= d.day
    GROUP BY d.day
)
SELECT
    d.day, d.basis, v.copies, v.special, v.priced, v.estimated, v.market, v.bid,
    v.buylist, v.sold, v.net, v.measured, v.basis
FROM due d
LEFT JOIN portfolio_values v
    ON v.owner_id = %(owner_id)s AND v.currency = %(currency)s AND v.day = d.day
ORDER BY d.day
