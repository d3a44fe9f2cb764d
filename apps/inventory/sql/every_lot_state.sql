-- Changes with every write to anybody's lots: each sets the row's xmin.
SELECT
    count(*), coalesce(sum(xmin::text::bigint), 0)::text,
    coalesce(sum(quantity - disposed), 0)::bigint
FROM lots
