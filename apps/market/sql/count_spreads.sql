INSERT INTO spread_counts (kind, currency, reason, pairs, computed_at)
SELECT kind, ask_currency, problem, count(*), %(now)s
FROM found_spreads
GROUP BY kind, ask_currency, problem
