-- Printings by how much their price changed.
SELECT
    m.card_id, m.stream_{window}, m.finish, m.language, m.{then}, m.{now},
    m.stream_count_{window}, m.{vendors}
FROM price_moves m
JOIN marketplaces s ON s.id = m.stream_{window} AND s.is_active
{cards}
WHERE m.currency = %(currency)s
  AND m.{then} >= %(min_price)s
  AND sign(m.{now} - m.{then}) = %(sign)s
  AND m.{vendors} >= %(vendors)s
  AND (%(finish)s = '' OR m.finish::text = %(finish)s)
  AND (%(cards)s::integer[] IS NULL OR m.card_id = ANY(%(cards)s::integer[]))
ORDER BY {size} * %(sign)s DESC, m.card_id, m.finish, m.language
LIMIT %(limit)s
