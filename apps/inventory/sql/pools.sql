-- Lots whose copies are just like some that went (of all cards, or of these), as the
-- cost basis wants them; `goods` is the same number for copies that are alike.
WITH touched AS (
    SELECT DISTINCT
        card_id, finish, condition, language, grade, is_signed, is_altered, is_proxy,
        is_misprint
    FROM lots
    WHERE owner_id = %(owner_id)s AND id IN (SELECT lot_id FROM disposals)
        AND (%(card_ids)s::int[] IS NULL OR card_id = ANY(%(card_ids)s::int[]))
)
SELECT
    l.id,
    dense_rank() OVER (
        ORDER BY
            card_id, finish, condition, language, grade, is_signed, is_altered,
            is_proxy, is_misprint
    ),
    l.quantity, l.unit_cost, l.cost_currency, l.acquired_on
FROM lots l
JOIN touched USING (
    card_id, finish, condition, language, grade, is_signed, is_altered, is_proxy,
    is_misprint
)
WHERE l.owner_id = %(owner_id)s
