-- Which printings, in which finish, vendors mean by these ids.
SELECT i.source, i.external_id, i.card_id, i.finish::text
FROM unnest(%(sources)s::text[], %(external_ids)s::text[]) AS said (source, external_id)
JOIN card_identifiers i
    ON i.source = said.source AND i.external_id = said.external_id
