-- Lots whose copies are just like some that went (of all cards, or of these), as the
-- cost basis wants them; `goods` is the same number for copies of one owner that are
-- alike.
WITH touched AS (
    SELECT DISTINCT
        owner_id, card_id, finish, condition, language, grade, is_signed, is_altered,
        is_proxy, is_misprint
    FROM lots
    WHERE owner_id = ANY(%(owner_ids)s) AND id IN (SELECT lot_id FROM disposals)
        AND (%(card_ids)s::int[] IS NULL OR card_id = ANY(%(card_ids)s::int[]))
)
SELECT
    l.owner_id,
    l.id,
    dense_rank() OVER (
        ORDER BY
            owner_id, card_id, finish, condition, language, grade, is_signed,
            is_altered, is_proxy, is_misprint
    ),
    l.quantity, l.unit_cost, l.cost_currency, l.acquired_on
FROM lots l
JOIN touched USING (
    owner_id, card_id, finish, condition, language, grade, is_signed, is_altered,
    is_proxy, is_misprint
)
