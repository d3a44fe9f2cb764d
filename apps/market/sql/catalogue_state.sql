-- What the vectors are made of, in short: another text is another catalogue.
SELECT concat_ws(
    ':', count(*), max(id), count(oracle_id) FILTER (WHERE removed_at IS NULL),
    (SELECT EXISTS (SELECT FROM price_moves))::integer
)
FROM cards
