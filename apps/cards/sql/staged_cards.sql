-- The catalogue file's cards with the types they have here; the record is one JSON
-- object a row. DISTINCT ON is a guard only: a repeated record is rejected before.
CREATE TEMP TABLE staged_cards ON COMMIT DROP AS
SELECT DISTINCT ON (scryfall_id) c.*
FROM staged_records,
    jsonb_to_record(record) AS c (
        scryfall_id uuid, oracle_id uuid, name varchar(300),
        search_name varchar(300), set_code varchar(12), set_name varchar(200),
        set_type varchar(40), collector_number varchar(20),
        language card_language, lang_code varchar(8), rarity varchar(16),
        layout varchar(40), finishes card_finish[], games varchar(12)[],
        colors varchar(1)[], color_identity varchar(1)[], mana_cost varchar(120),
        mana_value double precision, type_line varchar(300), oracle_text text,
        faces jsonb, legalities jsonb, promo_types varchar(40)[],
        frame_effects varchar(40)[], border_color varchar(20), artist varchar(200),
        image_uri varchar(300), released_on date, edhrec_rank integer,
        is_digital boolean, is_full_art boolean, is_promo boolean,
        is_reprint boolean, is_reserved boolean, identifiers jsonb
    )
ORDER BY scryfall_id;
