CREATE TEMP TABLE computed_set_values (LIKE set_values) ON COMMIT DROP
