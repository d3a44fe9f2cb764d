-- Lots as they are before a change, locked: of those chosen all whose card exists in the
-- finish and language wanted ('' for any). An English printing stands for its copies in
-- all languages; one without finishes is not told apart by them.
WITH chosen AS (
    SELECT l.*
    FROM lots l
    JOIN cards c ON c.id = l.card_id
    WHERE l.owner_id = %(owner_id)s AND l.id = ANY(%(ids)s)
        AND (
            %(finish)s = '' OR cardinality(c.finishes) = 0
            OR %(finish)s = ANY(c.finishes::text[])
        )
        AND (
            %(language)s = '' OR c.language = 'ENGLISH'
            OR c.language::text = %(language)s
        )
    ORDER BY l.id
    FOR UPDATE OF l
)
INSERT INTO changed_lots (change_id, lot_id, row, disposals)
SELECT
    %(change_id)s, c.id, to_jsonb(c),
    coalesce(
        (SELECT jsonb_agg(to_jsonb(d)) FROM disposals d WHERE d.lot_id = c.id), '[]'
    )
FROM chosen c
