-- How long gaps that opened in the last days have lived, in seconds.
SELECT
    count(*) FILTER (WHERE NOT is_open),
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM last_seen - first_seen)
    ) FILTER (WHERE NOT is_open),
    count(*) FILTER (WHERE is_open),
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM last_seen - first_seen)
    ) FILTER (WHERE is_open)
FROM spread_opportunities
WHERE kind = %(kind)s AND ask_currency = %(currency)s AND first_seen >= %(since)s
