-- Every series of a printing: how often it was observed and when, over all that is kept
-- by day; and what the chart of a period has of it, next to the observations themselves,
-- which the aggregate may not have caught up with.
WITH kept AS (
    SELECT
        marketplace_id, condition, finish, language,
        min(bucket) AS first_day, max(bucket) AS last_day,
        sum(price_count)::bigint AS observations
    FROM card_prices_daily
    WHERE card_id = %(card_id)s AND bucket >= %(beginning)s AND bucket <= %(end)s
    GROUP BY 1, 2, 3, 4
),
charted AS (
    SELECT
        marketplace_id, condition, finish, language,
        array_agg(moment ORDER BY moment) AS moments,
        sum(price_count)::bigint AS observations
    FROM (
        {points}
    ) AS points
    GROUP BY 1, 2, 3, 4
),
raw AS (
    SELECT
        marketplace_id, condition, finish, language,
        count(*) AS observations, max(time) AS last_time
    FROM price_snapshots
    WHERE card_id = %(card_id)s AND time >= %(raw_start)s AND time <= %(end)s
    GROUP BY 1, 2, 3, 4
)
SELECT
    m.slug, condition::text, finish::text, language::text,
    kept.first_day, kept.last_day, coalesce(kept.observations, 0),
    charted.moments, coalesce(charted.observations, 0),
    coalesce(raw.observations, 0), coalesce(latest.as_of, raw.last_time)
FROM kept
FULL JOIN charted USING (marketplace_id, condition, finish, language)
FULL JOIN raw USING (marketplace_id, condition, finish, language)
JOIN marketplaces m ON m.id = marketplace_id
LEFT JOIN (
    SELECT * FROM latest_prices WHERE card_id = %(card_id)s
) AS latest USING (marketplace_id, condition, finish, language)
ORDER BY m.preference, m.slug, finish, condition, language
