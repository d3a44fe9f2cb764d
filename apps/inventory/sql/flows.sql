-- What was paid and received on each day, in the measured lots.
SELECT
    started,
    coalesce(sum(quantity * amount) FILTER (WHERE quantity > 0), 0)::bigint,
    coalesce(-sum(quantity * amount) FILTER (WHERE quantity < 0), 0)::bigint
FROM segments
WHERE is_measured
GROUP BY started
ORDER BY started
