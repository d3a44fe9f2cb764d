INSERT INTO card_identifiers (card_id, source, external_id, finish)
SELECT card_id, source, external_id, finish
FROM staged_identifiers i
WHERE NOT EXISTS (
    SELECT FROM card_identifiers old
    WHERE old.source = i.source
        AND old.external_id = i.external_id
        AND old.card_id = i.card_id
        AND old.finish IS NOT DISTINCT FROM i.finish
);
