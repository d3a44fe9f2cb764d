-- Lots that are kept to be put back are of the new card where theirs became another one.
UPDATE changed_lots k
SET row = jsonb_set(k.row, '{card_id}', to_jsonb(moved.new_id))
FROM unnest(%(olds)s::integer[], %(news)s::integer[]) AS moved (old_id, new_id)
WHERE (k.row ->> 'card_id')::integer = moved.old_id
