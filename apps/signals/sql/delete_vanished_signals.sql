-- Of the days that were looked at, what is not found any more.
DELETE FROM signals s
WHERE s.day BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (
    SELECT FROM staged_signals d
    WHERE (d.card_id, d.finish, d.currency, d.kind, d.day)
        = (s.card_id, s.finish, s.currency, s.kind, s.day)
  )
