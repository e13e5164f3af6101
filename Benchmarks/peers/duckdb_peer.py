"""DuckDB: the input read into a table as it is, and the rest in SQL, as one would write it.

    duckdb_peer.py ingest DIRECTORY EVENTS
    duckdb_peer.py answers DIRECTORY
"""

import os
import sys

import duckdb

COLUMNS = {
    "type": "VARCHAR", "event": "VARCHAR", "name": "VARCHAR", "messageId": "UUID", "userId": "VARCHAR",
    "anonymousId": "VARCHAR", "groupId": "VARCHAR", "timestamp": "VARCHAR", "context": "JSON",
    "properties": "JSON", "traits": "JSON",
}

# The first of equal message ids counts. Identifiers are numbered, so that the components below are of integers.
INGEST = """
CREATE TABLE events AS
SELECT * FROM read_ndjson($file, columns = {columns}) QUALIFY row_number() OVER (PARTITION BY messageId) = 1;

CREATE TEMP TABLE said AS
SELECT messageId, 'u' || userId AS u, 'a' || anonymousId AS a,
  'e' || coalesce(CASE WHEN type <> 'group' THEN traits->>'$.email' END, context->>'$.traits.email') AS e
FROM events;

CREATE TABLE identifiers AS
SELECT name, (row_number() OVER ())::INTEGER AS id, 0 AS person
FROM (SELECT DISTINCT unnest([u, a, e]) AS name FROM said) WHERE name IS NOT NULL;

CREATE TEMP TABLE pairs AS
SELECT DISTINCT x.id AS a, y.id AS b
FROM (SELECT DISTINCT u AS p, a AS q FROM said UNION SELECT DISTINCT u, e FROM said
  UNION SELECT DISTINCT a, e FROM said)
JOIN identifiers x ON x.name = p JOIN identifiers y ON y.name = q;
"""

# Label propagation with halving of paths, until nothing changes.
STEP = """
CREATE OR REPLACE TEMP TABLE next AS
WITH spread AS (
  SELECT id, min(label) AS label FROM (
    SELECT id, label FROM labels
    UNION ALL SELECT b, l.label FROM pairs JOIN labels l ON l.id = a
    UNION ALL SELECT a, l.label FROM pairs JOIN labels l ON l.id = b
  ) GROUP BY id)
SELECT s.id, least(s.label, t.label) AS label FROM spread s JOIN spread t ON t.id = s.label
"""

PROFILES = """
CREATE TEMP TABLE timed AS
SELECT l.label AS person, ev.type, ev.event, ev.properties, ev.traits, epoch_ms(ev.timestamp::TIMESTAMP) AS time
FROM events ev JOIN said s USING (messageId)
JOIN identifiers i ON i.name = coalesce(s.u, s.e, s.a) JOIN labels l ON l.id = i.id;

CREATE TABLE clock AS SELECT max(time) AS now FROM timed;
CREATE TABLE profiles AS
WITH plain AS (
  SELECT person, count(*) AS events, min(time) AS first, max(time) AS last,
    arg_max(traits->>'$.email', time) FILTER (type = 'identify' AND traits->>'$.email' IS NOT NULL) AS email,
    arg_max(traits->>'$.plan', time) FILTER (type = 'identify' AND traits->>'$.plan' IS NOT NULL) AS plan,
    arg_max(traits->>'$.firstName', time)
      FILTER (type = 'identify' AND traits->>'$.firstName' IS NOT NULL) AS first_name,
    arg_max(traits->>'$.address.city', time)
      FILTER (type = 'identify' AND traits->>'$.address.city' IS NOT NULL) AS city,
    count(*) FILTER (event = 'Product Viewed' AND time > now - 30 * 86400000::BIGINT) AS views_30d
  FROM timed, clock GROUP BY person),
orders AS (
  SELECT person, count(*) AS orders, count(*) FILTER (time > now - 90 * 86400000::BIGINT) AS orders_90d,
    count(*) FILTER (time > now - 30 * 86400000::BIGINT) AS orders_30d,
    sum(cents) FILTER (currency = 'EUR') AS eur, sum(cents) FILTER (currency = 'GBP') AS gbp,
    sum(cents) FILTER (currency = 'USD') AS usd
  FROM (SELECT person, time, round((properties->>'$.revenue')::DECIMAL(18, 4) * 100)::BIGINT AS cents,
      properties->>'$.currency' AS currency FROM timed WHERE event = 'Order Completed'), clock
  GROUP BY person),
favourites AS (
  SELECT person, category FROM (
    SELECT person, properties->>'$.category' AS category, count(*) AS n, max(time) AS last
    FROM timed WHERE event = 'Product Viewed' AND properties->>'$.category' IS NOT NULL GROUP BY ALL)
  QUALIFY row_number() OVER (PARTITION BY person ORDER BY n DESC, last DESC, category) = 1)
SELECT p.*, coalesce(eur, 0) AS eur, coalesce(gbp, 0) AS gbp, coalesce(usd, 0) AS usd,
  coalesce(orders, 0) AS orders, coalesce(orders_90d, 0) AS orders_90d, category,
  coalesce(usd, 0) >= 50000 AND coalesce(orders_90d, 0) >= 1 AS valuable,
  views_30d >= 3 AND coalesce(orders_30d, 0) = 0 AS window_shoppers,
  coalesce(plan = 'business', false) AND now - last > 45 * 86400000::BIGINT AS silent
FROM plain p LEFT JOIN orders USING (person) LEFT JOIN favourites USING (person), clock;

UPDATE identifiers SET person = l.label FROM labels l WHERE l.id = identifiers.id;
"""

ANSWERS = """
SELECT names, events, first, last, coalesce(email, ''), coalesce(plan, ''), coalesce(first_name, ''),
  coalesce(city, ''), eur || ' ' || gbp || ' ' || usd, orders, orders_90d, coalesce(category, ''),
  valuable::INT::VARCHAR || window_shoppers::INT || silent::INT
FROM profiles JOIN (
  SELECT person, string_agg(name, ' ' ORDER BY name) AS names FROM identifiers GROUP BY person) USING (person)
"""


def ingest(store, file):
    columns = "{" + ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items()) + "}"
    store.execute("SET preserve_insertion_order = false")
    for statement in INGEST.replace("{columns}", columns).split(";\n"):
        store.execute(statement, {"file": file} if "$file" in statement else None)
    store.execute("CREATE TEMP TABLE labels AS SELECT id, id AS label FROM identifiers")
    while True:
        store.execute(STEP)
        changed = "SELECT count(*) FROM labels JOIN next USING (id) WHERE labels.label <> next.label"
        done = store.execute(changed).fetchall() == [(0,)]
        store.execute("DROP TABLE labels; ALTER TABLE next RENAME TO labels")
        if done:
            break
    store.execute(PROFILES)
    counts = store.execute(
        "SELECT (SELECT count(*) FROM events), count_if(valuable), count_if(window_shoppers), count_if(silent)"
        " FROM profiles"
    ).fetchall()
    print("events %d valuable %d window_shoppers %d silent %d" % counts[0])
    store.execute("CHECKPOINT")


def main():
    what, directory = sys.argv[1:3]
    os.makedirs(directory, exist_ok=True)
    store = duckdb.connect(f"{directory}/store.duckdb")
    if what == "ingest":
        ingest(store, sys.argv[3])
    else:
        for row in store.execute(ANSWERS).fetchall():
            print("\t".join(map(str, row)))
    store.close()


main()
