"""The whole site under load, and its processes killed one after the other.

A data directory of its own with the real processes of `make run`, people who read
pages and programs that ask the API (visitors.py), open sockets that come back as the
site's pages do (watchers.py), and an ingest. Each test asserts what these saw, and that
the database holds what an undisturbed ingest leaves.

    test_killed         web, worker, beat, PostgreSQL and Valkey, with kill -9
    test_stopped        everything in order: requests, sockets and tasks
    test_crowd          200 people during a full ingest
    test_slow_readers   2,000 sockets, of which 5 % do not read
    test_first_ingest   the demo market goes while the worker is at it

They need the machine to themselves, so `pytest` leaves them out and `pytest -m fire`
runs them; docs/faults.md has the figures. Everything is on loopback.
"""
