-- The packed closes of the days of a range.
SELECT day, marketplace_id, packed
FROM daily_closes
WHERE day >= %(first)s AND day <= %(last)s
