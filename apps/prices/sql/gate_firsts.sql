-- The first row a load brings of each series, to be compared with what is stored.
CREATE TEMP TABLE IF NOT EXISTS gate_firsts (
    n integer NOT NULL,
    card_id integer NOT NULL,
    marketplace_id smallint NOT NULL,
    condition card_condition NOT NULL,
    finish card_finish NOT NULL,
    language card_language NOT NULL,
    time timestamptz NOT NULL,
    price integer NOT NULL
) ON COMMIT DROP;
