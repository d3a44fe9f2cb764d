-- Prices that are taken out of the history.
CREATE TEMP TABLE restated_prices (
    card_id integer NOT NULL,
    marketplace_id smallint NOT NULL,
    condition card_condition NOT NULL,
    finish card_finish NOT NULL,
    language card_language NOT NULL,
    time timestamptz NOT NULL
) ON COMMIT DROP;
