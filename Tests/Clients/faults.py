"""A proxy between a client and the server that fails once in a given way."""

import http.client
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler


class UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path):
        super().__init__("cairn", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


class Proxy(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens on a Unix socket; the first request meets the fault, all others are passed on.

    Faults: `none`; a status, which is answered without asking the server; `drop`, where the server has answered
    and the client does not learn it.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path, upstream, fault):
        super().__init__(path, Handler)
        self.upstream = upstream
        self.fault = fault
        self.requests = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take_fault(self):
        """The fault of the next request."""
        with self.lock:
            self.requests += 1
            return self.fault if self.requests == 1 else "none"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.take_fault()
        if fault.isdigit():
            return self.answer(int(fault), b'{"success":false,"code":"busy","message":"later"}', {"Retry-After": "1"})
        upstream = UnixConnection(self.server.upstream)
        names = ("authorization", "content-type", "content-encoding")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        upstream.request("POST", self.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if fault == "drop":
            self.close_connection = True
            return None
        return self.answer(answer.status, content, {})

    def answer(self, status, content, headers):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
