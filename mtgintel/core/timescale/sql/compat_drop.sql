DROP PROCEDURE refresh_continuous_aggregate(text, timestamptz, timestamptz);
DROP AGGREGATE first(integer, timestamptz);
DROP AGGREGATE last(integer, timestamptz);
DROP FUNCTION time_bucket(interval, timestamptz);
DROP SCHEMA timescale_compat CASCADE;
