-- Copies that came or went: a lot is a segment from the day it was acquired (else
-- entered) on, each of its disposals one of fewer copies from its own day on, never an
-- earlier one. `amount` is what one copy cost or brought. Only lots of which both are
-- known in the currency are measured; copies that were given away never are, as a gift
-- is neither gain nor loss: they are a segment of their own.
WITH departures AS MATERIALIZED (
    SELECT d.lot_id, d.kind, d.quantity, d.unit_proceeds, d.currency, d.disposed_on
    FROM disposals d
    JOIN lots l ON l.id = d.lot_id
    WHERE l.owner_id = %(owner_id)s
),
went AS MATERIALIZED (
    SELECT
        lot_id,
        coalesce(sum(quantity) FILTER (WHERE kind = 'GIVEN'), 0) AS given,
        bool_or(kind <> 'GIVEN' AND currency <> %(currency)s) AS is_unclear
    FROM departures
    GROUP BY lot_id
),
own AS MATERIALIZED (
    SELECT
        l.id, l.card_id, l.finish, l.condition, l.language, l.quantity, l.unit_cost,
        coalesce(w.given, 0) AS given,
        coalesce(l.acquired_on, (l.created_at AT TIME ZONE 'UTC')::date) AS started,
        l.grade <> '' OR l.is_signed OR l.is_altered OR l.is_proxy OR l.is_misprint
            AS is_special,
        l.cost_currency = %(currency)s AND NOT coalesce(w.is_unclear, false)
            AS is_measured
    FROM lots l
    LEFT JOIN went w ON w.lot_id = l.id
    WHERE l.owner_id = %(owner_id)s
),
segments AS MATERIALIZED (
    SELECT
        card_id, finish, condition, language, is_special,
        is_measured AND NOT is_special AS is_measured,
        started, (quantity - given)::bigint AS quantity, unit_cost AS amount
    FROM own
    WHERE quantity > given
    UNION ALL
    SELECT
        card_id, finish, condition, language, is_special, false, started,
        given::bigint, unit_cost
    FROM own
    WHERE given > 0
    UNION ALL
    SELECT
        o.card_id, o.finish, o.condition, o.language, o.is_special,
        o.is_measured AND NOT o.is_special AND d.kind <> 'GIVEN',
        greatest(d.disposed_on, o.started), -d.quantity::bigint,
        coalesce(d.unit_proceeds, 0)
    FROM own o
    JOIN departures d ON d.lot_id = o.id
)
