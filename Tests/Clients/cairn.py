"""A `cairn` binary under test: a store in a folder of its own, and the server that serves it."""

import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


class Store:
    """A new store; `close` ends its server and removes it."""

    def __init__(self, binary):
        self.binary = binary
        # Short, since the path of a socket has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="cairn-", dir="/tmp"))
        self.path = str(self.folder / "s")
        self.socket = str(self.folder / "socket")
        self.port = None
        self.server = None
        self.run("init", self.path)

    def close(self):
        if self.server:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments, text=None):
        """Runs a command and returns what it prints."""
        done = subprocess.run(
            [self.binary, *arguments], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def serve(self, *options):
        """Starts the server and returns once it listens."""
        self.server = subprocess.Popen(
            [self.binary, "serve", self.path, "--socket", self.socket, *options],
            stderr=subprocess.PIPE, text=True)
        for line in self.server.stderr:
            if line.startswith("serving "):
                return
        raise RuntimeError("the server ended before it listened")

    def stop(self):
        """Ends the server as a user does."""
        self.server.terminate()
        code, self.server = self.server.wait(), None
        if code != 0:
            raise RuntimeError(f"the server ended with status {code}")

    def kill(self):
        """Ends the server without a chance to clean up."""
        self.server.kill()
        self.server.wait()
        self.server = None

    def key(self, source):
        """The write key of a new source."""
        return json.loads(self.run("source", "add", self.path, source, "--json"))["key"]

    def message_ids(self):
        """The message ids of the events on record, each as often as it is there; the server must have ended."""
        lines = self.run("export", self.path, "events", "--format", "ndjson").splitlines()
        return [json.loads(line)["event"]["messageId"] for line in lines]


def free_port():
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
