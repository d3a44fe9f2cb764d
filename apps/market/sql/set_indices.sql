-- The newest level of each set's index in a currency, and those a week and a month
-- before, each the nearest at or before the window's start.
SELECT i.slug, s.code, s.name, s.released_on,
       last.day, last.level, last.constituents, week.level, month.level
FROM chained_indices i
JOIN card_sets s ON i.slug = 'set-' || s.code
CROSS JOIN LATERAL (
    SELECT day, level, constituents FROM chained_index_points
    WHERE index_id = i.id AND constituents > 0
    ORDER BY day DESC LIMIT 1
) last
LEFT JOIN LATERAL (
    SELECT level FROM chained_index_points
    WHERE index_id = i.id
      AND day <= last.day - %(length_7d)s
      AND day >= last.day - %(oldest_7d)s
    ORDER BY day DESC LIMIT 1
) week ON true
LEFT JOIN LATERAL (
    SELECT level FROM chained_index_points
    WHERE index_id = i.id
      AND day <= last.day - %(length_30d)s
      AND day >= last.day - %(oldest_30d)s
    ORDER BY day DESC LIMIT 1
) month ON true
WHERE i.currency = %(currency)s AND i.finish IS NULL
ORDER BY s.released_on DESC NULLS LAST, s.code
