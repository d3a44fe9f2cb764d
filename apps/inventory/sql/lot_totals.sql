-- Totals of the lots asked for, and their ids in order.
SELECT
    count(*),
    coalesce(sum(held), 0)::bigint,
    coalesce(sum(value), 0)::bigint,
    coalesce(sum(basis), 0)::bigint,
    count(cost),
    sum(gain)::bigint,
    count(gain),
    count(*) FILTER (WHERE price IS NULL),
    count(*) FILTER (WHERE is_estimate),
    min(as_of),
    max(as_of),
    coalesce(array_agg(id ORDER BY {order}), ARRAY[]::bigint[])
FROM valued
WHERE {bounds}
