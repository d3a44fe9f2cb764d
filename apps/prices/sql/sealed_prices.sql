-- The newest price of each sealed product in a currency, or of a set's, in the most
-- preferred stream that has any, with the prices at the starts of two windows: each the
-- nearest at or before it, unless the stream changed what it measures in between.
SELECT DISTINCT ON (p.id)
    p.id, m.slug, m.name, m.price_basis, newest.day, newest.as_of, newest.price,
    newest.price_low, week.price, month.price
FROM sealed_products p
JOIN marketplaces m
    ON m.currency = %(currency)s AND m.is_active AND m.side <> 'BUYLIST'
CROSS JOIN LATERAL (
    SELECT * FROM sealed_prices s
    WHERE s.product_id = p.id AND s.marketplace_id = m.id
    ORDER BY s.day DESC LIMIT 1
) AS newest
CROSS JOIN LATERAL (
    SELECT coalesce(max(b.began_on), DATE '1993-01-01') AS began_on
    FROM series_breaks b
    WHERE b.marketplace_id = m.id AND b.began_on <= newest.day
) AS era
LEFT JOIN LATERAL (
    SELECT s.price FROM sealed_prices s
    WHERE s.product_id = p.id AND s.marketplace_id = m.id
      AND s.day <= newest.day - %(length_7d)s AND s.day >= newest.day - %(oldest_7d)s
      AND s.day >= era.began_on
    ORDER BY s.day DESC LIMIT 1
) AS week ON true
LEFT JOIN LATERAL (
    SELECT s.price FROM sealed_prices s
    WHERE s.product_id = p.id AND s.marketplace_id = m.id
      AND s.day <= newest.day - %(length_30d)s AND s.day >= newest.day - %(oldest_30d)s
      AND s.day >= era.began_on
    ORDER BY s.day DESC LIMIT 1
) AS month ON true
WHERE %(set_id)s::integer IS NULL OR p.card_set_id = %(set_id)s::integer
ORDER BY p.id, m.preference, m.id
