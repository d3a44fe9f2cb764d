-- Every scored recommendation for everybody in one currency, as columns of numbers. Days
-- count from the epoch; ratios are in units, not percents, and NaN without data.
SELECT
    CASE r.kind WHEN 'BUY' THEN 1 WHEN 'SELL' THEN -1 ELSE 0 END::smallint,
    r.horizon_days,
    r.rule_id::integer,
    (r.issued_on - date '1970-01-01')::integer,
    r.price,
    r.confidence::float8,
    CASE o.result WHEN 'MISS' THEN 0 WHEN 'HIT' THEN 1 ELSE 2 END::smallint,
    coalesce(o.gross_percent / 100, 'NaN')::float8,
    coalesce(o.net_percent / 100, 'NaN')::float8,
    coalesce(o.excess_percent / 100, 'NaN')::float8,
    coalesce(o.peak_percent / 100, 'NaN')::float8,
    coalesce(o.drawdown_percent / 100, 'NaN')::float8
FROM recommendation_outcomes o
JOIN recommendations r ON r.id = o.recommendation_id
WHERE r.tier = 'MARKET'
  AND r.currency = %(currency)s
  AND (%(is_replay)s::boolean IS NULL OR r.is_replay = %(is_replay)s::boolean)
ORDER BY r.id
