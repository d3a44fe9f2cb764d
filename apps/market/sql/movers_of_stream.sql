-- The same for the prices of one stream, that it still lists.
SELECT
    m.card_id, m.marketplace_id, m.finish, m.language, m.{then}, m.{now}, 1,
    greatest(coalesce(all_streams.{vendors}, 0), 1)
FROM latest_prices m
JOIN marketplaces s ON s.id = m.marketplace_id AND s.is_active
LEFT JOIN price_moves all_streams
    ON all_streams.currency = m.currency
    AND all_streams.card_id = m.card_id
    AND all_streams.finish = m.finish
    AND all_streams.language = m.language
{cards}
WHERE s.slug = %(source)s
  AND m.currency = %(currency)s
  AND m.condition = 'NEAR_MINT'
  AND m.as_of >= %(seen_since)s
  AND m.{then} >= %(min_price)s
  AND sign(m.{now} - m.{then}) = %(sign)s
  AND greatest(coalesce(all_streams.{vendors}, 0), 1) >= %(vendors)s
  AND (%(finish)s = '' OR m.finish::text = %(finish)s)
  AND (%(cards)s::integer[] IS NULL OR m.card_id = ANY(%(cards)s::integer[]))
ORDER BY {size} * %(sign)s DESC, m.card_id, m.finish, m.language
LIMIT %(limit)s
