-- The next matched rows of a file become lots, and say so, in one statement: a crash
-- leaves neither without the other. A lot that is there already stays as it is.
WITH next AS (
    SELECT id FROM import_rows
    WHERE batch_id = %(batch_id)s AND outcome = 'MATCHED'
    ORDER BY position, part
    LIMIT %(limit)s
),
moved AS (
    UPDATE import_rows r SET outcome = 'IMPORTED'
    FROM next WHERE r.id = next.id
    RETURNING r.card_id, r.entry
),
added AS (
    INSERT INTO lots (
        key, owner_id, card_id, finish, condition, language, quantity, disposed,
        unit_cost, cost_currency, acquired_on, source, binder, tags, notes, for_trade,
        grade, is_signed, is_altered, is_proxy, is_misprint, batch_id, created_at,
        updated_at
    )
    SELECT e.key, %(owner_id)s, m.card_id, e.finish, e.condition, e.language,
        e.quantity, 0, e.unit_cost, e.cost_currency, e.acquired_on, e.source,
        e.binder, e.tags, e.notes, e.for_trade, e.grade, e.is_signed, e.is_altered,
        e.is_proxy, e.is_misprint, %(batch_id)s, now(), now()
    FROM moved m, jsonb_to_record(m.entry) AS e (
        key uuid, finish card_finish, condition card_condition,
        language card_language, quantity integer, unit_cost integer,
        cost_currency varchar(3), acquired_on date, source varchar(120),
        binder varchar(120), tags varchar(60)[], notes text, for_trade integer,
        grade varchar(20), is_signed boolean, is_altered boolean, is_proxy boolean,
        is_misprint boolean
    )
    ON CONFLICT (owner_id, key) DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM added)
