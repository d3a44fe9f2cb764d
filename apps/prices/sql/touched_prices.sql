-- What a run wrote, by series: its newest row, its first time, how many rows.
CREATE TEMP TABLE IF NOT EXISTS touched_prices (
    card_id integer NOT NULL,
    marketplace_id smallint NOT NULL,
    condition card_condition NOT NULL,
    finish card_finish NOT NULL,
    language card_language NOT NULL,
    time timestamptz NOT NULL,
    first_time timestamptz NOT NULL,
    rows_written integer NOT NULL,
    price integer NOT NULL,
    price_low integer,
    price_mid integer,
    price_high integer,
    price_market integer,
    num_listings integer,
    total_quantity integer
) ON COMMIT DROP;
