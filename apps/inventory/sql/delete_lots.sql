-- The lots of a change, and what was sold of them.
WITH gone AS (
    SELECT lot_id FROM changed_lots WHERE change_id = %(change_id)s
),
disposals_gone AS (
    DELETE FROM disposals WHERE lot_id IN (SELECT lot_id FROM gone)
)
DELETE FROM lots WHERE id IN (SELECT lot_id FROM gone)
