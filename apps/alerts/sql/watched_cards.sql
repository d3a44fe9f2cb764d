-- Which cards the alerts of a kind are about: one, or those their owner has or wants. The
-- beginning of a statement.
WITH asked AS MATERIALIZED (
    SELECT * FROM alerts a WHERE a.kind = %(kind)s AND NOT a.is_paused {who}
),
watched AS MATERIALIZED (
    SELECT id AS alert_id, card_id FROM asked WHERE scope = 'CARD'
    UNION
    SELECT a.id, l.card_id
    FROM asked a
    JOIN lots l ON l.owner_id = a.owner_id AND l.disposed < l.quantity
    WHERE a.scope IN ('OWNED', 'BOTH')
    UNION
    SELECT a.id, p.id
    FROM asked a
    JOIN want_list w ON w.owner_id = a.owner_id
    JOIN cards c ON c.id = w.card_id
    JOIN cards p ON p.id = w.card_id OR w.is_any_printing AND p.oracle_id = c.oracle_id
    WHERE a.scope IN ('WANTED', 'BOTH')
)
