-- What our SQL uses of TimescaleDB, on a PostgreSQL that does not have it.
--
-- A hypertable is a table partitioned by time range. A continuous aggregate is a
-- table of the same name and columns (itself partitioned), brought up to date for a
-- range by the same CALL as there. The registries below take the place of
-- TimescaleDB's catalogue.

CREATE SCHEMA timescale_compat;

CREATE TABLE timescale_compat.hypertables (
    name text PRIMARY KEY,
    time_column text NOT NULL,
    chunk_interval interval NOT NULL,
    drop_after interval
);

CREATE TABLE timescale_compat.aggregates (
    name text PRIMARY KEY REFERENCES timescale_compat.hypertables,
    width interval NOT NULL,
    -- The defining query, with %1$L and %2$L where the range of time goes, and, of an
    -- aggregate per series, %4$s where a further condition goes.
    query text NOT NULL,
    -- The same for rows that stand alone in their bucket, at its start, with %3$s where
    -- the comparison of a row's time with that goes; null where that says too little.
    query_of_rows text,
    -- Whether its rows are grouped by hashing, rather than read in the order of an index.
    is_hashed boolean NOT NULL,
    key_columns text[] NOT NULL,
    value_columns text[] NOT NULL
);

-- TimescaleDB's origin for widths up to weeks: Monday 2000-01-03.
CREATE FUNCTION time_bucket(width interval, moment timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN date_bin(width, moment, timestamptz '2000-01-03 00:00:00+00');

-- first(value, moment) and last(value, moment): the value at the earliest, latest
-- moment. The state is the pair; for queries by hand, our aggregates use a faster way.
CREATE TYPE timescale_compat.int_at AS (value integer, moment timestamptz);

CREATE FUNCTION timescale_compat.earlier(
    state timescale_compat.int_at, value integer, moment timestamptz
) RETURNS timescale_compat.int_at LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN moment IS NULL OR (state).moment <= moment THEN state
    ELSE ROW(value, moment)::timescale_compat.int_at
END;

CREATE FUNCTION timescale_compat.later(
    state timescale_compat.int_at, value integer, moment timestamptz
) RETURNS timescale_compat.int_at LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN moment IS NULL OR (state).moment >= moment THEN state
    ELSE ROW(value, moment)::timescale_compat.int_at
END;

CREATE FUNCTION timescale_compat.int_value(state timescale_compat.int_at)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (state).value;

CREATE AGGREGATE first(integer, timestamptz) (
    SFUNC = timescale_compat.earlier,
    STYPE = timescale_compat.int_at,
    FINALFUNC = timescale_compat.int_value
);

CREATE AGGREGATE last(integer, timestamptz) (
    SFUNC = timescale_compat.later,
    STYPE = timescale_compat.int_at,
    FINALFUNC = timescale_compat.int_value
);

-- Where the partition of `parent` that `moment` belongs in begins.
CREATE FUNCTION timescale_compat.chunk_start(parent text, moment timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE STRICT
RETURN (
    SELECT date_bin(chunk_interval, moment, timestamptz '1970-01-01 00:00:00+00')
    FROM timescale_compat.hypertables WHERE name = parent
);

-- Makes the table for the rows of `parent` around `moment`; its name, or null when it
-- is there already. Filled before attach_chunk makes it a partition, it has no index
-- to keep meanwhile and nothing is logged (where wal_level is minimal): half of what
-- rows cost that go in afterwards.
CREATE FUNCTION timescale_compat.create_chunk(parent text, moment timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    chunk text := parent || to_char(
        timescale_compat.chunk_start(parent, moment) AT TIME ZONE 'UTC', '_YYYYMMDD');
BEGIN
    IF to_regclass(quote_ident(chunk)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    -- Two writers may want the same chunk; the second finds it made.
    PERFORM pg_advisory_xact_lock(hashtext('timescale_compat'), hashtext(chunk));
    -- By a query: to_regclass still remembers that it found nothing before the wait.
    IF EXISTS (
        SELECT FROM pg_class p JOIN pg_class c USING (relnamespace)
        WHERE p.oid = parent::regclass AND c.relname = chunk
    ) THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING GENERATED'
        ' INCLUDING CONSTRAINTS)', chunk, parent);
    RETURN chunk;
END $$;

-- Makes what create_chunk returned a partition. Attaching takes a weaker lock on the
-- parent than creating in place: readers go on. The key is built before that lock.
CREATE FUNCTION timescale_compat.attach_chunk(parent text, chunk text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    width interval;
    start_at timestamptz := right(chunk, 8)::timestamp AT TIME ZONE 'UTC';
    key text;
BEGIN
    SELECT chunk_interval INTO STRICT width
    FROM timescale_compat.hypertables WHERE name = parent;
    SELECT pg_get_constraintdef(oid) INTO STRICT key
    FROM pg_constraint WHERE conrelid = parent::regclass AND contype = 'p';
    EXECUTE format('ALTER TABLE %I ADD %s', chunk, key);
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent, chunk, start_at, start_at + width);
END $$;

-- Makes the partitions that rows of [start_at, end_at] belong in.
CREATE FUNCTION timescale_compat.ensure_chunks(
    parent text, start_at timestamptz, end_at timestamptz
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    width interval;
    moment timestamptz := timescale_compat.chunk_start(parent, start_at);
    chunk text;
    made integer := 0;
BEGIN
    SELECT chunk_interval INTO STRICT width
    FROM timescale_compat.hypertables WHERE name = parent;
    WHILE moment <= end_at LOOP
        chunk := timescale_compat.create_chunk(parent, moment);
        IF chunk IS NOT NULL THEN
            PERFORM timescale_compat.attach_chunk(parent, chunk);
            made := made + 1;
        END IF;
        moment := moment + width;
    END LOOP;
    RETURN made;
END $$;

-- Drops the partitions of `parent` that ended before `older_than`.
CREATE FUNCTION timescale_compat.drop_chunks(parent text, older_than timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    width interval;
    chunk text;
    dropped integer := 0;
BEGIN
    SELECT chunk_interval INTO STRICT width
    FROM timescale_compat.hypertables WHERE name = parent;
    FOR chunk IN
        SELECT c.relname FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent::regclass
          AND (right(c.relname, 8)::date AT TIME ZONE 'UTC') + width <= older_than
    LOOP
        EXECUTE format('DROP TABLE %I', chunk);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- Recomputes the buckets of [window_start, window_end); null means no limit. A chunk
-- that is not there yet is filled before it becomes a partition.
CREATE PROCEDURE refresh_continuous_aggregate(
    aggregate text, window_start timestamptz, window_end timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    width interval;
    step_start timestamptz := coalesce(window_start, '-infinity');
    step_end timestamptz;
    last timestamptz := coalesce(window_end, 'infinity');
    chunk text;
BEGIN
    IF NOT isfinite(step_start) OR NOT isfinite(last) THEN
        PERFORM timescale_compat.refresh_buckets(aggregate, step_start, last);
        RETURN;
    END IF;
    SELECT chunk_interval INTO STRICT width
    FROM timescale_compat.hypertables WHERE name = aggregate;
    WHILE step_start < last LOOP
        step_end := least(
            timescale_compat.chunk_start(aggregate, step_start) + width, last);
        chunk := timescale_compat.create_chunk(aggregate, step_start);
        PERFORM timescale_compat.refresh_weeks(aggregate, chunk, step_start, step_end);
        IF chunk IS NOT NULL THEN
            PERFORM timescale_compat.attach_chunk(aggregate, chunk);
        END IF;
        step_start := step_end;
    END LOOP;
END $$;

-- The same within one chunk, new or (null) not. A week at a time: its rows fit in
-- memory and stand in one partition or two, so a long back-fill costs per row what a
-- day costs.
CREATE FUNCTION timescale_compat.refresh_weeks(
    aggregate text, new_chunk text, window_start timestamptz, window_end timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    step_start timestamptz := window_start;
    step_end timestamptz;
BEGIN
    WHILE step_start < window_end LOOP
        step_end := least(step_start + interval '7 days', window_end);
        IF new_chunk IS NULL THEN
            PERFORM timescale_compat.refresh_buckets(aggregate, step_start, step_end);
        ELSE
            PERFORM timescale_compat.insert_buckets(
                aggregate, new_chunk, step_start, step_end);
        END IF;
        step_start := step_end;
    END LOOP;
END $$;

-- What computes the buckets of [window_start, window_end). Rows that no time of day
-- brings together are not grouped, a third of the cost. They are compared again when
-- they are read: a row that came meanwhile waits for its own refresh.
-- `members`: only the series in whose first key column one of them stands.
CREATE FUNCTION timescale_compat.bucket_query(
    a timescale_compat.aggregates, window_start timestamptz, window_end timestamptz,
    members integer[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    which text := timescale_compat.member_condition(a, 's', members);
    needs_groups boolean := true;
BEGIN
    IF a.query_of_rows IS NOT NULL THEN
        EXECUTE 'SELECT EXISTS ('
            || format(a.query_of_rows, window_start, window_end, '>', which) || ')'
        INTO needs_groups;
    END IF;
    RETURN CASE
        WHEN needs_groups THEN format(a.query, window_start, window_end, '', which)
        ELSE format(a.query_of_rows, window_start, window_end, '<=', which)
    END;
END $$;

-- A further condition on rows of `alias`; none where all members are meant.
CREATE FUNCTION timescale_compat.member_condition(
    a timescale_compat.aggregates, alias text, members integer[]
) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN members IS NULL THEN ''
    ELSE format(' AND %I.%I = ANY (%L::integer[])', alias, a.key_columns[1], members)
END;

-- Puts the buckets of [window_start, window_end) into `target`, which has none of them.
CREATE FUNCTION timescale_compat.insert_buckets(
    aggregate text, target text, window_start timestamptz, window_end timestamptz
) RETURNS void LANGUAGE plpgsql
SET enable_hashagg = on
AS $$
DECLARE
    a timescale_compat.aggregates;
BEGIN
    SELECT * INTO STRICT a FROM timescale_compat.aggregates WHERE name = aggregate;
    PERFORM set_config('enable_hashagg', a.is_hashed::text, true);
    -- In the order of the key, its index only ever grows at the end.
    EXECUTE format('INSERT INTO %I ', target)
        || timescale_compat.bucket_query(a, window_start, window_end, NULL)
        || ' ORDER BY ' || array_to_string(a.key_columns, ', ');
END $$;

-- One such step. Only buckets that differ are written, so a refresh that finds nothing
-- new leaves no dead rows. `members` as for bucket_query, of an aggregate per series.
CREATE FUNCTION timescale_compat.refresh_buckets(
    aggregate text, window_start timestamptz, window_end timestamptz,
    members integer[] DEFAULT NULL
) RETURNS void LANGUAGE plpgsql
SET enable_hashagg = on
AS $$
DECLARE
    a timescale_compat.aggregates;
    keys text;
    matching text;
    which text;
    first_bucket timestamptz;
    last_bucket timestamptz;
    holds_rows boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %I WHERE bucket >= %L AND bucket < %L)',
        aggregate, window_start, window_end) INTO holds_rows;
    IF members IS NULL AND NOT holds_rows
        AND isfinite(window_start) AND isfinite(window_end)
    THEN
        PERFORM timescale_compat.insert_buckets(
            aggregate, aggregate, window_start, window_end);
        RETURN;
    END IF;

    SELECT * INTO STRICT a FROM timescale_compat.aggregates WHERE name = aggregate;
    SELECT string_agg(quote_ident(k), ', '),
           string_agg(format('fresh.%1$I = old.%1$I', k), ' AND ')
    INTO keys, matching FROM unnest(a.key_columns) AS k;
    which := timescale_compat.member_condition(a, 'old', members);
    PERFORM set_config('enable_hashagg', a.is_hashed::text, true);

    DROP TABLE IF EXISTS pg_temp.fresh_buckets;
    EXECUTE 'CREATE TEMP TABLE fresh_buckets ON COMMIT DROP AS '
        || timescale_compat.bucket_query(a, window_start, window_end, members);
    SELECT min(bucket), max(bucket) INTO first_bucket, last_bucket FROM fresh_buckets;
    IF first_bucket IS NOT NULL THEN
        PERFORM timescale_compat.ensure_chunks(aggregate, first_bucket, last_bucket);
    END IF;
    EXECUTE format(
        'DELETE FROM %I AS old WHERE bucket >= %L AND bucket < %L'
        ' AND NOT EXISTS (SELECT FROM fresh_buckets AS fresh WHERE %s)%s',
        aggregate, window_start, window_end, matching, which);
    EXECUTE format(
        'INSERT INTO %1$I AS old SELECT fresh.* FROM fresh_buckets AS fresh'
        ' WHERE NOT EXISTS (SELECT FROM %1$I AS same WHERE'
        '  same.bucket >= %5$L AND same.bucket < %6$L AND'
        '  ROW(same.*) IS NOT DISTINCT FROM ROW(fresh.*) AND %4$s)'
        ' ON CONFLICT (%2$s) DO UPDATE SET %3$s',
        aggregate, keys,
        (SELECT string_agg(format('%1$I = excluded.%1$I', v), ', ')
         FROM unnest(a.value_columns) AS v),
        replace(matching, 'old.', 'same.'),
        window_start, window_end);
END $$;
