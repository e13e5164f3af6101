"""Mixed load on a server that is killed again and again: nothing acknowledged is lost, nothing is doubled, and the
memory of the server does not grow with the store.

    load.py BINARY SECONDS KILLS [SEED]
"""

import gzip
import json
import random
import sys
import threading
import time
from collections import Counter

from cairn import Store
from faults import UnixConnection

WRITERS = 4
# What keeps the load at a rate at which the check afterwards takes about as long as the load.
PAUSE_SECONDS = 0.05
RETRY_SECONDS = 0.05
# Peaks of memory differ between lives of the server by what is in tables until a checkpoint.
SLACK_KIB = 48 << 10

DEFINITIONS = """
traits:
  orders: count("Order Completed")
  spent: sum("Order Completed", properties.revenue)
audiences:
  busy: count("Order Completed", last 20s) >= 3
  rich: spent > 1000
"""


class Writer(threading.Thread):
    """Posts events until each request is acknowledged."""

    def __init__(self, store, number, seed, key, ends_at):
        super().__init__()
        self.store, self.number, self.key, self.ends_at = store, number, key, ends_at
        self.random = random.Random(f"{seed}-{number}")
        self.acknowledged = []
        self.retries = 0
        self.problem = None
        self.connection = None

    def run(self):
        sent = 0
        while time.monotonic() < self.ends_at and not self.problem:
            count = 1 if self.random.random() < 0.3 else self.random.randrange(1, 100)
            ids = [f"message-{self.number}-{sent + index}" for index in range(count)]
            sent += count
            self.deliver(*self.request(ids), ids)
            time.sleep(self.random.random() * 2 * PAUSE_SECONDS)

    def event(self, message):
        person = f"u{self.random.randrange(2000)}"
        kind = self.random.random()
        if kind < 0.2:
            return {"type": "identify", "messageId": message, "userId": person, "anonymousId": f"a{person}",
                    "traits": {"plan": self.random.choice(["free", "pro", None])}}
        revenue = self.random.randrange(10_000) / 100
        return {"type": "track", "messageId": message, "userId": person, "event": "Order Completed",
                "properties": {"revenue": revenue, "note": "x" * self.random.randrange(200)}}

    def request(self, ids):
        """The address, body and headers of a request with these events, in one of several forms."""
        events = [self.event(message) for message in ids]
        headers = {"Authorization": f"Bearer {self.key}"}
        if len(events) == 1:
            return f"/v1/{events[0]['type']}", json.dumps(events[0]).encode(), headers
        form = self.random.random()
        if form < 0.3:
            headers["Content-Type"] = "application/x-ndjson"
            return "/v1/import", "\n".join(map(json.dumps, events)).encode(), headers
        body = json.dumps({"batch": events}).encode()
        if form < 0.6:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body)
        return "/v1/batch", body, headers

    def deliver(self, path, body, headers, ids):
        while True:
            try:
                self.connection = self.connection or UnixConnection(self.store.socket)
                self.connection.request("POST", path, body, headers)
                answer = self.connection.getresponse()
                content = answer.read()
                if answer.status == 200:
                    if json.loads(content)["rejected"]:
                        self.problem = f"rejected: {content}"
                    self.acknowledged += ids
                    return
                if answer.status not in (429, 503):
                    self.problem = f"{answer.status}: {content}"
                    return
            except (OSError, ValueError, EOFError) as error:
                self.reconnect(error)
            except Exception as error:  # What http.client raises for an answer that is cut off.
                self.reconnect(error)
            self.retries += 1
            time.sleep(RETRY_SECONDS)

    def reconnect(self, _):
        if self.connection:
            self.connection.close()
        self.connection = None


class Reader(threading.Thread):
    """Asks, as long as the load lasts."""

    def __init__(self, store, seed, ends_at):
        super().__init__()
        self.store, self.ends_at = store, ends_at
        self.random = random.Random(f"{seed}-reader")
        self.answers = Counter()

    def run(self):
        while time.monotonic() < self.ends_at:
            try:
                connection = UnixConnection(self.store.socket)
                connection.request("GET", f"/v1/profiles/user_id:u{self.random.randrange(2000)}/traits")
                answer = connection.getresponse()
                answer.read()
                self.answers[answer.status] += 1
                connection.close()
            except Exception:  # The server is being killed or started.
                self.answers["none"] += 1
            time.sleep(RETRY_SECONDS)


def anonymous_kib(process):
    """RssAnon of a process."""
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))


def run_lives(store, seconds, kills, seed):
    """Kills the server and starts it again, at instants that the seed decides.

    Returns the peak of anonymous memory in each life of the server, in KiB.
    """
    instants = random.Random(f"{seed}-kills")
    lives = kills + 1
    peaks = []
    for life in range(lives):
        ends_at = time.monotonic() + seconds / lives * (0.8 + 0.4 * instants.random() if life < kills else 1)
        peak = 0
        while time.monotonic() < ends_at:
            peak = max(peak, anonymous_kib(store.server))
            time.sleep(0.1)
        peaks.append(peak)
        if life < kills:
            store.kill()
            store.serve()
    return peaks


def main(binary, seconds, kills, seed="1"):
    seconds, kills = float(seconds), int(kills)
    store = Store(binary)
    try:
        store.serve()
        store.run("apply", store.path, "-", text=DEFINITIONS)
        ends_at = time.monotonic() + seconds
        writers = [Writer(store, number, seed, store.key(f"writer {number}"), ends_at) for number in range(WRITERS)]
        reader = Reader(store, seed, ends_at)
        for thread in [*writers, reader]:
            thread.start()
        peaks = run_lives(store, seconds, kills, seed)
        for thread in [*writers, reader]:
            thread.join()
        store.stop()
        return report(store, writers, reader, peaks, kills, seed)
    finally:
        store.close()


def report(store, writers, reader, peaks, kills, seed):
    problems = [writer.problem for writer in writers if writer.problem]
    acknowledged = Counter(message for writer in writers for message in writer.acknowledged)
    recorded = Counter(store.message_ids())
    lost = acknowledged - recorded
    extra = recorded - acknowledged
    if lost:
        problems.append(f"{len(lost)} acknowledged events are not on record, {next(iter(lost))} for instance")
    if extra:
        problems.append(f"{len(extra)} events are on record too often, {next(iter(extra))} for instance")
    if kills and not any(writer.retries for writer in writers):
        problems.append("no client noticed that the server was killed")
    if max(peaks) > 2 * min(peaks) + SLACK_KIB:
        problems.append(f"anonymous memory is not flat: {peaks} KiB in the lives of the server")
    store.run("verify", store.path, "--replay")
    retries = sum(writer.retries for writer in writers)
    print("\n".join(problems or [
        f"load, seed {seed}: {len(recorded)} events, each once; {kills} kills, {retries} retries, "
        f"{sum(reader.answers.values())} questions; peaks of RssAnon {[peak >> 10 for peak in peaks]} MiB"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
