(%(marketplace)s::text IS NULL OR marketplace_id = (
        SELECT id FROM marketplaces WHERE slug = %(marketplace)s))
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    AND (%(condition)s::card_condition IS NULL OR condition = %(condition)s)
    AND (%(finish)s::card_finish IS NULL OR finish = %(finish)s)
    AND (%(language)s::card_language IS NULL OR language = %(language)s)
