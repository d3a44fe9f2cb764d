CREATE TEMP TABLE computed_points (
    index_id integer,
    day date,
    link double precision,
    level double precision,
    constituents integer,
    weight double precision
) ON COMMIT DROP
