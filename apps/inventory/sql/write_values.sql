-- A day of somebody's collection, in place of what was kept of it.
INSERT INTO portfolio_values (
    owner_id, currency, day, basis, copies, special, priced, estimated, market, bid,
    buylist, sold, net, measured
)
VALUES (
    %(owner_id)s, %(currency)s, %(day)s, %(basis)s, %(copies)s, %(special)s, %(priced)s,
    %(estimated)s, %(market)s, %(bid)s, %(buylist)s, %(sold)s, %(net)s, %(measured)s
)
ON CONFLICT (owner_id, currency, day) DO UPDATE SET
    basis = EXCLUDED.basis, copies = EXCLUDED.copies, special = EXCLUDED.special,
    priced = EXCLUDED.priced, estimated = EXCLUDED.estimated,
    market = EXCLUDED.market, bid = EXCLUDED.bid, buylist = EXCLUDED.buylist,
    sold = EXCLUDED.sold, net = EXCLUDED.net, measured = EXCLUDED.measured
