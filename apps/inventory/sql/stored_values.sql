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
    SELECT day::date
    FROM generate_series(
        greatest(%(start)s::date, (SELECT min(started) FROM came)),
        %(end)s::date,
        interval '1 day'
    ) AS day
    WHERE day > %(end)s::date - 366 OR date_part('dow', day) = 0
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
