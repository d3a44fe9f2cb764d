-- Edited lots become what they were, but those that were written again since. What they
-- are of stays: a card that became another one is not undone.
UPDATE lots l
SET quantity = was.quantity, finish = was.finish, condition = was.condition,
    language = was.language, unit_cost = was.unit_cost,
    cost_currency = was.cost_currency, acquired_on = was.acquired_on,
    source = was.source, binder = was.binder, tags = was.tags, notes = was.notes,
    for_trade = was.for_trade, grade = was.grade, is_signed = was.is_signed,
    is_altered = was.is_altered, is_proxy = was.is_proxy,
    is_misprint = was.is_misprint, updated_at = was.updated_at
FROM changed_lots k, jsonb_populate_record(NULL::lots, k.row) AS was
WHERE k.change_id = %(change_id)s AND l.id = k.lot_id AND l.updated_at = %(made_at)s
