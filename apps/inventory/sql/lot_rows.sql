-- The lots of a page as they are shown; in no order.
SELECT
    v.id, v.card_id, c.name, coalesce(s.code, ''), c.collector_number, v.finish::text,
    v.condition::text, v.language::text, v.held, l.unit_cost, l.cost_currency, v.price,
    v.value, v.gain, m.slug, m.name, v.as_of, coalesce(v.is_estimate, false),
    coalesce(
        v.as_of < %(now)s::timestamptz - m.freshness_hours * interval '1 hour', false
    ),
    v.is_special, l.binder, l.tags, l.for_trade
FROM valued v
JOIN lots l ON l.id = v.id
JOIN cards c ON c.id = v.card_id
LEFT JOIN card_sets s ON s.id = c.card_set_id
LEFT JOIN marketplaces m ON m.id = v.marketplace_id
