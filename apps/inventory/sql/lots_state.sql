-- Changes with every write to somebody's lots: each sets the row's xmin.
SELECT
    count(*), coalesce(sum(xmin::text::bigint), 0)::text, max(updated_at),
    coalesce(sum(quantity - disposed), 0)::bigint
FROM lots
WHERE owner_id = %s
