"""The official clients for Python over the Unix socket: each event is in the store exactly once, whatever fails.

    sdks.py BINARY
"""

import importlib
import itertools
import sys
from collections import Counter
from urllib.parse import quote

import requests_unixsocket
from cairn import Store
from faults import Proxy

CLIENTS = ["segment", "rudderstack", "customerio"]
FAULTS = ["none", "429", "503", "drop"]
EVENTS = 23


class Case:
    """One client with one fault."""

    def __init__(self, store, number, client, gzip, fault):
        self.name = f"{client}, {'gzip' if gzip else 'plain'}, {fault}"
        self.errors = []
        self.proxy = Proxy(f"{store.folder}/p{number}", store.socket, fault)
        self.ids = [f"message-{number}-{index}" for index in range(EVENTS)]
        module = importlib.import_module(f"{client}.analytics.client")
        self.client = module.Client(
            store.key(f"{client} {number}"), host="http+unix://" + quote(self.proxy.server_address, safe=""),
            gzip=gzip, upload_size=10, on_error=lambda error, _: self.errors.append(error))

    def send(self):
        """Hands events to the client, which sends them on a thread of its own."""
        person = f"u{self.ids[0]}"
        self.client.identify(user_id=person, traits={"plan": "pro", "phone": None}, message_id=self.ids[0])
        for number in self.ids[1:]:
            self.client.track(
                user_id=person, event="Order Completed", properties={"revenue": 12.5, "note": "\u00e9\u4e2d"},
                message_id=number)

    def problems(self, counts):
        """What is not as it should be, given how often each message id is on record."""
        wrong = {number: counts[number] for number in self.ids if counts[number] != 1}
        if wrong:
            yield f"{self.name}: not on record exactly once: {wrong}"
        if self.errors:
            yield f"{self.name}: {self.errors}"
        if (self.proxy.fault != "none") and self.proxy.requests < 4:
            yield f"{self.name}: nothing was sent again ({self.proxy.requests} requests)"


def main(binary):
    for client in CLIENTS:
        session = importlib.import_module(f"{client}.analytics.request")._session
        session.mount("http+unix://", requests_unixsocket.UnixAdapter())
    store = Store(binary)
    try:
        store.serve()
        combinations = itertools.product(CLIENTS, [False, True], FAULTS)
        cases = [Case(store, number, *rest) for number, rest in enumerate(combinations)]
        for case in cases:
            case.send()
        for case in cases:
            case.client.shutdown()
        store.stop()
        counts = Counter(store.message_ids())
        problems = [problem for case in cases for problem in case.problems(counts)]
        if len(counts) != len(cases) * EVENTS:
            problems.append(f"{len(counts)} events are on record, {len(cases) * EVENTS} were sent")
        print("\n".join(problems or [f"clients for Python: {len(cases)} cases, {len(counts)} events, each once"]))
        return 1 if problems else 0
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
