-- What the matched rows of a file would change: for every kind of copy how many it
-- adds, and how many are held.
SELECT r.card_id, r.entry ->> 'finish' AS finish, r.entry ->> 'condition' AS condition,
    r.entry ->> 'language' AS language, sum((r.entry ->> 'quantity')::int)::int AS added,
    coalesce((
        SELECT sum(l.quantity - l.disposed) FROM lots l
        WHERE l.owner_id = %(owner_id)s AND l.card_id = r.card_id
            AND l.finish::text = r.entry ->> 'finish'
            AND l.condition::text = r.entry ->> 'condition'
            AND l.language::text = r.entry ->> 'language'
    ), 0)::int AS held
FROM import_rows r
WHERE r.batch_id = %(batch_id)s AND r.outcome = 'MATCHED'
GROUP BY 1, 2, 3, 4
