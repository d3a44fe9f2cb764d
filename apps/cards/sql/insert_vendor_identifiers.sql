-- MTGJSON's ids of a vendor's products where Scryfall named none; its own uuids all.
INSERT INTO card_identifiers (card_id, source, external_id, finish)
SELECT DISTINCT card_id, source, external_id, finish
FROM staged_identifiers i
WHERE NOT EXISTS (
    SELECT FROM card_identifiers old
    WHERE old.card_id = i.card_id
        AND old.source = i.source
        AND old.finish IS NOT DISTINCT FROM i.finish
        AND (i.source <> 'mtgjson' OR old.external_id = i.external_id)
);
