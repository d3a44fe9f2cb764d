-- Changes that were told across a break which was not known then, further back than the
-- history a recomputation reads: nothing of the series lies between break and change.
UPDATE latest_prices l
SET previous_price = NULL, changed_at = NULL
FROM stream_eras era
WHERE l.marketplace_id = %(marketplace_id)s
  AND era.marketplace_id = l.marketplace_id
  AND l.as_of >= era.began_at AND l.as_of < era.ended_at
  AND l.changed_at < l.as_of - %(oldest)s
  AND NOT EXISTS (
      SELECT FROM price_snapshots s
      WHERE s.card_id = l.card_id
        AND s.marketplace_id = l.marketplace_id
        AND s.condition = l.condition
        AND s.finish = l.finish
        AND s.language = l.language
        AND s.time >= era.began_at AND s.time < l.changed_at
  );
