-- The rows of a file whose lots are gone can be imported once more.
UPDATE import_rows r SET outcome = 'MATCHED'
WHERE r.batch_id = %(batch_id)s AND r.outcome = 'IMPORTED'
    AND NOT EXISTS (
        SELECT FROM lots l
        WHERE l.owner_id = %(owner_id)s AND l.key = (r.entry ->> 'key')::uuid
    )
