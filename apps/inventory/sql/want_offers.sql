-- Wants with the cheapest live offer of a copy that would do; after live_prices.sql.
, asked AS MATERIALIZED (
    SELECT w.*, c.oracle_id
    FROM want_list w
    JOIN cards c ON c.id = w.card_id
    WHERE {filters}
),
would_do AS MATERIALIZED (
    SELECT id AS want_id, card_id FROM asked
    UNION
    SELECT a.id, c.id
    FROM asked a
    JOIN cards c ON c.oracle_id = a.oracle_id
    WHERE a.is_any_printing AND c.removed_at IS NULL
),
cheapest AS MATERIALIZED (
    SELECT DISTINCT ON (a.id)
        a.id, p.card_id, p.marketplace_id, p.price, p.as_of, p.condition, p.finish,
        p.is_offer, p.in_stock
    FROM asked a
    JOIN would_do g ON g.want_id = a.id
    JOIN live p
        ON p.card_id = g.card_id AND p.currency = a.currency
        AND (a.finish IS NULL OR p.finish = a.finish)
        -- The better grade comes first in the type.
        AND p.condition <= a.min_condition
        AND (a.language IS NULL OR p.spoken = a.language)
    ORDER BY a.id, p.price, p.marketplace_id, p.card_id
)
SELECT
    a.id, a.owner_id, a.card_id, c.scryfall_id::text, c.name, coalesce(s.code, ''),
    c.collector_number, a.is_any_printing, a.finish::text, a.min_condition::text,
    a.language::text, a.quantity, a.target_price, a.currency, a.priority, a.notes,
    p.price, p.as_of, m.slug, m.name, p.is_offer, p.in_stock, p.condition::text,
    p.finish::text, p.card_id, coalesce(os.code, ''), oc.collector_number
FROM asked a
JOIN cards c ON c.id = a.card_id
LEFT JOIN card_sets s ON s.id = c.card_set_id
LEFT JOIN cheapest p ON p.id = a.id
LEFT JOIN marketplaces m ON m.id = p.marketplace_id
LEFT JOIN cards oc ON oc.id = p.card_id
LEFT JOIN card_sets os ON os.id = oc.card_set_id
ORDER BY a.priority, a.id
