-- One chunk's rows as they were parsed.
CREATE TEMP TABLE IF NOT EXISTS staged_prices (
    time timestamptz NOT NULL,
    card_id integer NOT NULL,
    price integer NOT NULL,
    price_low integer,
    price_mid integer,
    price_high integer,
    price_market integer,
    num_listings integer,
    total_quantity integer,
    marketplace_id smallint NOT NULL,
    condition card_condition NOT NULL,
    finish card_finish NOT NULL,
    language card_language NOT NULL
) ON COMMIT DROP;
