CREATE TEMP TABLE staged_identifiers ON COMMIT DROP AS
SELECT DISTINCT
    old.id AS card_id,
    i ->> 0 AS source,
    i ->> 1 AS external_id,
    (i ->> 2)::card_finish AS finish
FROM staged_cards c
JOIN cards old ON old.scryfall_id = c.scryfall_id,
    jsonb_array_elements(c.identifiers) AS i;
