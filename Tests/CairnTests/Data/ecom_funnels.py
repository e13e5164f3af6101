"""Counts the users of a shop's clicks who went through funnels, with DuckDB and nothing of Cairn.

    pip install duckdb
    python3 Tests/CairnTests/Data/ecom_funnels.py Tests/CairnTests/Data/ecom_events_part.ndjson

The counts stand in Tests/CairnTests/FunnelTests.swift, where the same funnels are written as
sequences. A step is later than the one before by (time, place in the file); any chain of events
counts, not only the first ones; `without` looks at what lies strictly between two steps; `within`
is the most time from the first step to the last; a window is about all steps, up to the last event
of the file.
"""

import sys

import duckdb

HOUR, DAY = 3600, 86400

# name: steps as (condition, events that must not lie between it and the step before), within, window
FUNNELS = {
    "viewed_to_order": (
        [("event = 'Product Viewed'", []), ("event = 'Product Added'", []),
         ("event = 'Order Completed'", [])], DAY, None),
    "quick_checkout": (
        [("event = 'Product Added'", []), ("event = 'Cart Viewed'", []),
         ("event = 'Checkout Step Viewed'", []), ("event = 'Payment Info Entered'", []),
         ("event = 'Order Completed'", [])], HOUR, None),
    "paid_without_error": (
        [("event = 'Payment Info Entered'", []),
         ("event = 'Order Completed'", ["Payment Error"])], HOUR, None),
    "straight_to_checkout": (
        [("event = 'Product Added'", []),
         ("event = 'Checkout Step Viewed'", ["Product Viewed", "Product List Viewed"])],
        HOUR, None),
    "searched_then_ordered_on_mobile": (
        [("event = 'Products Searched'", []),
         ("event = 'Order Completed' and device = 'mobile'", [])], 7 * DAY, None),
    "promo_to_order_lately": (
        [("event = 'Promo Page'", []), ("event = 'Order Completed'", [])], 30 * DAY, 60 * DAY),
    "came_back_after_an_error": (
        [("event in ('Error Page', 'Payment Error', 'Checkout Bug')", []),
         ("event = 'Home'", ["Support Chat"]), ("event = 'Order Completed'", [])], None, None),
}


def count(connection, steps, within, window):
    tables = ", ".join(f"e s{i}" for i in range(len(steps)))
    tests = []
    for i, (condition, without) in enumerate(steps):
        names = ("event", "device")
        own = condition
        for name in names:
            own = own.replace(f"{name} ", f"s{i}.{name} ")
        tests.append(f"({own})")
        if window is not None:
            tests.append(f"s{i}.ms > (select max(ms) from e) - {window * 1000}")
        if i == 0:
            continue
        tests.append(f"s{i}.user_id = s0.user_id")
        tests.append(f"(s{i}.ms, s{i}.place) > (s{i - 1}.ms, s{i - 1}.place)")
        if without:
            names = ", ".join(f"'{name}'" for name in without)
            tests.append(
                f"not exists (select 1 from e x where x.user_id = s0.user_id "
                f"and x.event in ({names}) and (x.ms, x.place) > (s{i - 1}.ms, s{i - 1}.place) "
                f"and (x.ms, x.place) < (s{i}.ms, s{i}.place))")
    if within is not None:
        tests.append(f"s{len(steps) - 1}.ms - s0.ms <= {within * 1000}")
    query = f"select count(distinct s0.user_id) from {tables} where {' and '.join(tests)}"
    return connection.execute(query).fetchone()[0]


def main(path):
    connection = duckdb.connect()
    connection.execute(
        "create table e as select userId as user_id, event, context.device.type as device, "
        "epoch_ms(cast(timestamp as timestamptz)) as ms, "
        "cast(substr(messageId, 6) as integer) as place "
        f"from read_json('{path}', format = 'newline_delimited', "
        "columns = {userId: 'varchar', event: 'varchar', messageId: 'varchar', "
        "timestamp: 'varchar', context: 'struct(device struct(type varchar))'})")
    events, users = connection.execute("select count(*), count(distinct user_id) from e").fetchone()
    print(f"{path}: {events} events of {users} users, DuckDB {duckdb.__version__}")
    for name, (steps, within, window) in FUNNELS.items():
        print(f'  "{name}": {count(connection, steps, within, window)},')


if __name__ == "__main__":
    main(sys.argv[1])
