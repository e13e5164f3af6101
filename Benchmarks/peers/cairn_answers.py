"""Cairn's export of profiles (NDJSON on standard input) as the lines that the peers print."""

import json
import sys
from datetime import datetime, timezone

AUDIENCES = ("valuable", "window_shoppers", "silent")
PREFIX = {"user_id": "u", "email": "e", "anonymous_id": "a"}


def milliseconds(text):
    then = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return round(then.timestamp() * 1000)


def identifier(text):
    kind, value = text.split(":", 1)
    return PREFIX[kind] + value


for line in sys.stdin:
    row = json.loads(line)
    trait = lambda name: row["traits." + name]
    revenue = trait("revenue")
    fields = [
        " ".join(sorted(map(identifier, row["identifiers"]), key=str.encode)),
        trait("events"), milliseconds(trait("first_seen")), milliseconds(trait("last_seen")),
        *(trait(name) or "" for name in ("email", "plan", "first_name", "city")),
        " ".join(str(round(revenue.get(currency, 0) * 100)) for currency in ("EUR", "GBP", "USD")),
        trait("orders"), trait("orders_90d"), trait("favourite_category") or "",
        "".join("1" if name in row["audiences"] else "0" for name in AUDIENCES),
    ]
    print("\t".join(map(str, fields)))
