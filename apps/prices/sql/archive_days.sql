-- What each UTC day of a range holds: how many rows, and a fingerprint of which run
-- wrote how many of them. A run commits once, and a row it writes or corrects becomes
-- its own, so any later write changes the fingerprint, whatever the clocks say.
SELECT day, sum(n)::bigint, md5(string_agg(run || ':' || n, ',' ORDER BY run))
FROM (
    SELECT
        (time AT TIME ZONE 'UTC')::date AS day,
        coalesce(run_id, 0) AS run,
        count(*) AS n
    FROM price_snapshots
    WHERE time >= %(start)s AND time < %(end)s
    GROUP BY 1, 2
) written
GROUP BY day
ORDER BY day
