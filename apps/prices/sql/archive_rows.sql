-- A day's prices with names that outlive this database's ids, in the archive's order.
-- Every value has one width (codes for labels, 0 and -1 for what is absent), so that
-- the reader takes rows apart by the thousand.
COPY (
    SELECT
        s.time,
        c.scryfall_id,
        s.marketplace_id,
        condition.code AS condition_code,
        finish.code AS finish_code,
        language.code AS language_code,
        s.currency,
        s.price,
        coalesce(s.price_low, 0) AS price_low,
        coalesce(s.price_mid, 0) AS price_mid,
        coalesce(s.price_high, 0) AS price_high,
        coalesce(s.price_market, 0) AS price_market,
        coalesce(s.num_listings, -1) AS num_listings,
        coalesce(s.total_quantity, -1) AS total_quantity
    FROM price_snapshots s
    JOIN cards c ON c.id = s.card_id
    JOIN marketplaces m ON m.id = s.marketplace_id
    JOIN unnest(%(conditions)s::card_condition[]) WITH ORDINALITY
        AS condition (label, code) ON condition.label = s.condition
    JOIN unnest(%(finishes)s::card_finish[]) WITH ORDINALITY
        AS finish (label, code) ON finish.label = s.finish
    JOIN unnest(%(languages)s::card_language[]) WITH ORDINALITY
        AS language (label, code) ON language.label = s.language
    WHERE s.time >= %(start)s AND s.time < %(end)s
    ORDER BY
        c.scryfall_id, m.slug COLLATE "C", s.condition, s.finish, s.language, s.time
) TO STDOUT (FORMAT BINARY)
