-- The signals of some days and cards that speak for a price to rise or fall: days since
-- 2000, and where kind and finish stand in their lists, from 0.
SELECT
    day - DATE '2000-01-01',
    array_position(%(kinds)s::signal_kind[], kind) - 1,
    version,
    direction,
    card_id,
    array_position(%(finishes)s::card_finish[], finish) - 1,
    marketplace_id::integer,
    price
FROM signals
WHERE day = ANY(%(days)s::date[])
  AND currency = %(currency)s
  AND card_id BETWEEN %(first_card)s AND %(last_card)s
  AND direction <> 0
