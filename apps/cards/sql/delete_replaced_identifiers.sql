-- A vendor's product that Scryfall now calls by another id. What it does not list at
-- all may come from MTGJSON and stays.
DELETE FROM card_identifiers old
USING (SELECT DISTINCT card_id, source, finish FROM staged_identifiers) listed
WHERE old.card_id = listed.card_id
    AND old.source = listed.source
    AND old.finish IS NOT DISTINCT FROM listed.finish
    AND NOT EXISTS (
        SELECT FROM staged_identifiers i
        WHERE i.card_id = old.card_id
            AND i.source = old.source
            AND i.finish IS NOT DISTINCT FROM old.finish
            AND i.external_id = old.external_id
    );
