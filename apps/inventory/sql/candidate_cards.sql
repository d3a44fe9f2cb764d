-- Every printing that the rows of a file may mean, by any of what they say: Scryfall's
-- id, a vendor's, set and number, the name of the card or of a face of it.
WITH wanted AS (
    SELECT id FROM cards WHERE scryfall_id = ANY(%(scryfall_ids)s::uuid[])
    UNION
    SELECT i.card_id
    FROM unnest(%(sources)s::text[], %(external_ids)s::text[])
        AS said (source, external_id)
    JOIN card_identifiers i
        ON i.source = said.source AND i.external_id = said.external_id
    UNION
    SELECT c.id
    FROM unnest(%(codes)s::text[], %(numbers)s::text[]) AS said (code, number)
    JOIN card_sets s ON s.code = said.code
    JOIN cards c ON c.card_set_id = s.id AND c.collector_number = said.number
    UNION
    SELECT id FROM cards
    WHERE split_part(search_name, ' // ', 1) = ANY(%(names)s::text[])
        OR split_part(search_name, ' // ', 2) = ANY(%(names)s::text[])
)
SELECT c.id, c.scryfall_id::text, c.search_name, coalesce(s.code, ''),
    c.collector_number, c.language::text, c.finishes::text[], c.is_digital,
    c.released_on
FROM wanted
JOIN cards c USING (id)
LEFT JOIN card_sets s ON s.id = c.card_set_id
WHERE c.removed_at IS NULL
