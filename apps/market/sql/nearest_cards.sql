-- The cards whose vectors have the largest product with one card's, packed in the layout
-- of apps.market.selectors.vectors. Exact: every product is a whole number, and no index
-- is asked that might miss one.
WITH nearest AS (
    SELECT other.oracle_id, other.card_id, other.components,
           own.components <#> other.components AS negative_product
    FROM card_vectors own
    JOIN card_vectors other ON other.oracle_id <> own.oracle_id
    WHERE own.oracle_id = %(oracle_id)s
    ORDER BY negative_product, other.oracle_id
    LIMIT %(limit)s
)
SELECT string_agg(
    uuid_send(oracle_id) || int4send(card_id) || vector_send(components), ''
    ORDER BY negative_product, oracle_id
)
FROM nearest
