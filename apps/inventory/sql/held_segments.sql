-- Copies that came or went: a lot is one segment from the day it was acquired (else
-- entered) on, each of its disposals one of fewer copies from its own day on, never an
-- earlier one. `amount` is what one copy cost or brought. Only lots of which both are
-- known in the currency are measured; a gift brings nothing, which is known.
WITH own AS MATERIALIZED (
    SELECT
        l.id, l.card_id, l.finish, l.condition, l.language, l.quantity, l.unit_cost,
        coalesce(l.acquired_on, (l.created_at AT TIME ZONE 'UTC')::date) AS started,
        l.grade <> '' OR l.is_signed OR l.is_altered OR l.is_proxy OR l.is_misprint
            AS is_special,
        l.cost_currency = %(currency)s AND NOT EXISTS (
            SELECT FROM disposals d
            WHERE d.lot_id = l.id AND d.kind <> 'GIVEN'
                AND d.currency <> %(currency)s
        ) AS is_measured
    FROM lots l
    WHERE l.owner_id = %(owner_id)s
),
segments AS MATERIALIZED (
    SELECT
        card_id, finish, condition, language, is_special,
        is_measured AND NOT is_special AS is_measured,
        started, quantity::bigint, unit_cost AS amount
    FROM own
    UNION ALL
    SELECT
        o.card_id, o.finish, o.condition, o.language, o.is_special,
        o.is_measured AND NOT o.is_special,
        greatest(d.disposed_on, o.started), -d.quantity::bigint,
        coalesce(d.unit_proceeds, 0)
    FROM own o
    JOIN disposals d ON d.lot_id = o.id
)
