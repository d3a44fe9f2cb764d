-- Deleted lots come back with their disposals, but those whose key was imported anew or
-- whose card is gone. How many came back.
WITH kept AS (
    SELECT
        k.disposals,
        -- Their file may have been forgotten since.
        k.row || jsonb_build_object(
            'batch_id',
            (
                SELECT b.id FROM import_batches b
                WHERE b.id = (k.row ->> 'batch_id')::bigint
            )
        ) AS row
    FROM changed_lots k
    WHERE k.change_id = %(change_id)s
),
back AS (
    INSERT INTO lots
    SELECT l.*
    FROM kept k, jsonb_populate_record(NULL::lots, k.row) AS l
    WHERE EXISTS (SELECT FROM cards c WHERE c.id = l.card_id)
    ON CONFLICT DO NOTHING
    RETURNING id
),
disposals_back AS (
    INSERT INTO disposals
    SELECT d.*
    FROM kept k, jsonb_populate_recordset(NULL::disposals, k.disposals) AS d
    WHERE d.lot_id IN (SELECT id FROM back)
)
SELECT count(*) FROM back
