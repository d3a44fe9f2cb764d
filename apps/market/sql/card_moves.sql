-- Then and now of every English printing and finish, in its preferred stream.
SELECT card_id, then_7d, now_7d, then_30d, now_30d, then_90d, now_90d
FROM price_moves
WHERE currency = %(currency)s AND language = 'ENGLISH'
