-- The level of each index of a currency before a day.
SELECT i.id, p.level
FROM chained_indices i
CROSS JOIN LATERAL (
    SELECT level FROM chained_index_points
    WHERE index_id = i.id AND day < %(day)s
    ORDER BY day DESC LIMIT 1
) p
WHERE i.currency = %(currency)s
