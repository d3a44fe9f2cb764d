-- One chunk's rows as they were parsed. 0 and -1 stand for an absent price or count,
-- enum values for an index into the enum's declared order.
CREATE TEMP TABLE IF NOT EXISTS staged_prices (
    time timestamptz NOT NULL,
    card_id integer NOT NULL,
    price integer NOT NULL,
    price_low integer NOT NULL,
    price_mid integer NOT NULL,
    price_high integer NOT NULL,
    price_market integer NOT NULL,
    num_listings integer NOT NULL,
    total_quantity integer NOT NULL,
    marketplace_id smallint NOT NULL,
    condition smallint NOT NULL,
    finish smallint NOT NULL,
    language smallint NOT NULL
) ON COMMIT DROP;
