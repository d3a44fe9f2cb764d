-- Points from a day on that were not computed again.
DELETE FROM chained_index_points p
USING chained_indices i
WHERE i.id = p.index_id
  AND i.currency = %(currency)s
  AND p.day >= %(day)s
  AND NOT EXISTS (
      SELECT FROM computed_points c WHERE c.index_id = p.index_id AND c.day = p.day)
