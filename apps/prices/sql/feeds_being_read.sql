-- The names among %(locks)s whose advisory lock somebody holds (services/runs.py). The
-- two halves of the key are signed there and unsigned here.
SELECT name
FROM unnest(%(locks)s::text[]) AS locks (name)
WHERE EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = hashtext('ingest')::bigint & 4294967295
      AND objid::bigint = hashtext(name)::bigint & 4294967295
      AND objsubid = 2
      AND granted
)
