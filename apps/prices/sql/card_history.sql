-- The history of a printing as one JSON array: an object per series, whose columns
-- are arrays of equal length, oldest first. Built here because turning rows into
-- JSON in Python costs several times as much; array_to_json writes no spaces where
-- json_agg does. A bucket without observations has no element: gaps stay gaps.
WITH points AS (
    {points}
),
newest AS (
    SELECT marketplace_id, finish, condition, language, as_of
    FROM latest_prices WHERE card_id = %(card_id)s
),
series AS (
    SELECT
        m.preference, m.slug, p.finish, p.condition, p.language,
        json_build_object(
            'marketplace', m.slug,
            'marketplace_name', m.name,
            'side', m.side,
            'currency', p.currency,
            'condition', p.condition,
            'finish', p.finish,
            'is_foil', p.finish <> 'NONFOIL',
            'language', p.language,
            'as_of', to_char(
                n.as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
            ),
            'is_stale', coalesce(
                %(end)s - n.as_of > make_interval(hours => m.freshness_hours), true
            ),
            'time', array_to_json(array_agg(
                to_char(p.moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                ORDER BY p.moment
            )),
            'open', array_to_json(array_agg(price_text(p.open_price) ORDER BY p.moment)),
            'high', array_to_json(array_agg(price_text(p.high_price) ORDER BY p.moment)),
            'low', array_to_json(array_agg(price_text(p.low_price) ORDER BY p.moment)),
            'close', array_to_json(array_agg(price_text(p.close_price) ORDER BY p.moment)),
            'avg', array_to_json(array_agg(price_text(p.average_price) ORDER BY p.moment)),
            'count', array_to_json(array_agg(p.price_count ORDER BY p.moment))
        ) AS body
    FROM points p
    JOIN marketplaces m ON m.id = p.marketplace_id AND m.is_active
    LEFT JOIN newest n
        ON n.marketplace_id = p.marketplace_id
        AND n.finish = p.finish
        AND n.condition = p.condition
        AND n.language = p.language
    GROUP BY m.id, n.as_of, p.currency, p.finish, p.condition, p.language
)
SELECT
    (SELECT coalesce(
        json_agg(body ORDER BY preference, slug, finish, condition, language), '[]'
    )::text FROM series),
    (SELECT max(as_of) FROM newest),
    ARRAY(SELECT DISTINCT marketplace_id FROM points)
