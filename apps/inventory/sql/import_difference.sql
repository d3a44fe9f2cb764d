-- What the matched rows of a file would change: for every kind of copy how many it
-- adds, and how many are held.
WITH added AS (
    SELECT card_id, entry ->> 'finish' AS finish, entry ->> 'condition' AS condition,
        entry ->> 'language' AS language, sum((entry ->> 'quantity')::int) AS copies
    FROM import_rows
    WHERE batch_id = %(batch_id)s AND outcome = 'MATCHED'
    GROUP BY 1, 2, 3, 4
),
held AS (
    SELECT card_id, finish::text, condition::text, language::text,
        sum(quantity - disposed) AS copies
    FROM lots
    WHERE owner_id = %(owner_id)s AND disposed < quantity
    GROUP BY 1, 2, 3, 4
)
SELECT added.copies::int, coalesce(held.copies, 0)::int
FROM added
LEFT JOIN held USING (card_id, finish, condition, language)
