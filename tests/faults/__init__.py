"""What goes wrong, done on purpose; afterwards everything is as if it had not.

Each test disturbs an ingest, checks that nothing half of it is to be seen, that the
ledger says in a sentence what happened, and that ingesting again gives exactly what an
undisturbed ingest gives (state.py compares). docs/faults.md lists them.

    test_killed              the process is killed, from its first query to its last
    test_database_gone       PostgreSQL stops at once, or ends the sessions
    test_redis_gone          Redis is away before, during and after
    test_disk_full           no room for a table, a sort, a download, the waiting rows
    test_two_at_once         two processes want the same feed, or the same file
    test_damaged_files       cut off, altered, in another encoding, not JSON, a bomb
    test_misbehaving_servers refusals, silence, drips, circles, wrong lengths
    test_order_of_days       days that come late, twice and in any order
    test_clocks              switches of summer time, other zones, ends of days

The first five work on servers of their own (processes.py), which they may break.
"""
