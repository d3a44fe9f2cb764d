-- What lots are worth together, and what those cost whose cost is known.
SELECT
    coalesce(sum(value), 0)::bigint,
    count(price),
    count(*) FILTER (WHERE is_estimate),
    coalesce(sum(basis), 0)::bigint,
    count(cost),
    min(as_of),
    max(as_of)
FROM valued
