-- The card that stands for each collector number of a set, or of all, and the finishes
-- it counts in, as places in the order of their enum: plainest first, and as a foil
-- (-1: none). An unknown finish counts as nonfoil.
SELECT DISTINCT ON (c.card_set_id, number)
    c.id,
    c.card_set_id,
    CASE
        WHEN 'NONFOIL' = ANY(c.finishes) OR c.finishes = '{}' THEN 0
        WHEN 'FOIL' = ANY(c.finishes) THEN 1
        ELSE 2
    END::smallint,
    CASE
        WHEN 'FOIL' = ANY(c.finishes) THEN 1
        WHEN 'ETCHED' = ANY(c.finishes) THEN 2
        ELSE -1
    END::smallint
FROM cards c
CROSS JOIN LATERAL (
    SELECT coalesce(nullif(c.collector_number, ''), '#' || c.id) AS number
) AS numbered
WHERE c.removed_at IS NULL
  AND c.language = 'ENGLISH'
  AND c.card_set_id IS NOT NULL
  AND (%(set_id)s::integer IS NULL OR c.card_set_id = %(set_id)s::integer)
ORDER BY c.card_set_id, number, c.id
