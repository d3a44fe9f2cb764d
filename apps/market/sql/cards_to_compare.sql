-- What each card of the catalogue is, once for all its printings. Its facts are those of
-- the newest English printing on paper, its age and set those of the first.
WITH printings AS (
    SELECT c.*, s.code AS set_code
    FROM cards c
    LEFT JOIN card_sets s ON s.id = c.card_set_id
    WHERE c.oracle_id IS NOT NULL
      AND c.removed_at IS NULL
      AND c.layout <> 'art_series'
),
firsts AS (
    SELECT DISTINCT ON (oracle_id) oracle_id, released_on, set_code
    FROM printings
    ORDER BY oracle_id, released_on NULLS LAST, id
),
ids AS (
    SELECT oracle_id, array_agg(id) AS card_ids
    FROM printings
    GROUP BY oracle_id
)
SELECT DISTINCT ON (p.oracle_id)
    p.oracle_id,
    p.id,
    ids.card_ids,
    p.name,
    p.type_line,
    concat_ws(E'\n', p.oracle_text, (
        SELECT string_agg(face ->> 'oracle_text', E'\n')
        FROM jsonb_array_elements(p.faces) AS face
        WHERE p.oracle_text = ''
    )),
    p.colors,
    p.color_identity,
    p.mana_value,
    p.rarity,
    coalesce(firsts.set_code, ''),
    date_part('year', firsts.released_on)::integer,
    ARRAY(
        SELECT format
        FROM jsonb_each_text(p.legalities) AS legality (format, status)
        WHERE status IN ('legal', 'restricted') AND format = ANY(%(formats)s)
        ORDER BY format
    ),
    p.is_reserved
FROM printings p
JOIN firsts USING (oracle_id)
JOIN ids USING (oracle_id)
ORDER BY
    p.oracle_id, p.language <> 'ENGLISH', p.is_digital, p.is_promo,
    p.released_on DESC NULLS LAST, p.id
