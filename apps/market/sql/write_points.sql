-- Only what differs is written.
INSERT INTO chained_index_points AS old
    (index_id, day, link, level, constituents, weight)
SELECT c.index_id, c.day, c.link, c.level, c.constituents, c.weight
FROM computed_points c
LEFT JOIN chained_index_points same USING (index_id, day)
WHERE same.index_id IS NULL
   OR (same.link, same.level, same.constituents, same.weight)
      <> (c.link, c.level, c.constituents, c.weight)
ON CONFLICT (index_id, day) DO UPDATE SET
    link = excluded.link,
    level = excluded.level,
    constituents = excluded.constituents,
    weight = excluded.weight
