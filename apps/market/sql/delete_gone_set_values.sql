-- Days from one on that were not computed again.
DELETE FROM set_values v
WHERE v.currency = %(currency)s
  AND v.day >= %(day)s
  AND NOT EXISTS (
      SELECT FROM computed_set_values c
      WHERE (c.card_set_id, c.currency, c.is_foil, c.day)
          = (v.card_set_id, v.currency, v.is_foil, v.day))
