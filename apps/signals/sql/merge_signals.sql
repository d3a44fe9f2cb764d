-- Adds what is new and changes what differs; rows that are as they were stay untouched.
INSERT INTO signals (
    card_id, finish, currency, kind, day, direction, strength, confidence,
    observations, price, marketplace_id, version, values
)
SELECT
    card_id, finish, currency, kind, day, direction, strength, confidence,
    observations, price, marketplace_id, version,
    jsonb_strip_nulls(
        jsonb_build_object(
            name1, nullif(value1, 'NaN'),
            name2, nullif(value2, 'NaN'),
            name3, nullif(value3, 'NaN'),
            name4, nullif(value4, 'NaN')
        )
    )
FROM staged_signals
JOIN unnest(
    %(kinds)s::signal_kind[],
    %(name1)s::text[],
    %(name2)s::text[],
    %(name3)s::text[],
    %(name4)s::text[]
) AS named (kind, name1, name2, name3, name4) USING (kind)
ON CONFLICT (card_id, finish, currency, kind, day) DO UPDATE SET
    direction = excluded.direction,
    strength = excluded.strength,
    confidence = excluded.confidence,
    observations = excluded.observations,
    price = excluded.price,
    marketplace_id = excluded.marketplace_id,
    version = excluded.version,
    values = excluded.values
WHERE (
    signals.direction, signals.strength, signals.confidence, signals.observations,
    signals.price, signals.marketplace_id, signals.version, signals.values
) IS DISTINCT FROM (
    excluded.direction, excluded.strength, excluded.confidence,
    excluded.observations, excluded.price, excluded.marketplace_id,
    excluded.version, excluded.values
)
