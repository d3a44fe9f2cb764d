#!/bin/sh
# Copies the primary, once, and follows it from then on. A replica that was away for
# longer than the primary keeps its log (wal_keep_size) says so in its own log: remove
# the volume `replica`, and it is copied anew.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	pg_basebackup --host=db --username=mtgintel --pgdata="$PGDATA" \
		--write-recovery-conf --checkpoint=fast --wal-method=stream
	chmod 700 "$PGDATA"
fi
exec "$@"
