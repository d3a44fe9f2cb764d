-- What a run found, before it is compared with what is stored. NaN: no such value.
CREATE TEMPORARY TABLE staged_signals (
    card_id integer,
    day date,
    observations smallint,
    direction smallint,
    marketplace_id smallint,
    version smallint,
    price integer,
    finish card_finish,
    currency varchar(3),
    kind signal_kind,
    strength double precision,
    confidence double precision,
    value1 double precision,
    value2 double precision,
    value3 double precision,
    value4 double precision
) ON COMMIT DROP
