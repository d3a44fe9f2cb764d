-- The packed closes of a day.
SELECT marketplace_id, packed
FROM daily_closes
WHERE day = %(day)s
