// The server as a process: who may start it, how it begins and how it ends.

import Foundation
import Testing

@Suite struct ServeTests {
  /// What tests in Python have in common: a server, requests, and how it ends.
  private static let prelude = """
    import json, os, signal, socket, subprocess, sys, time
    cairn = os.environ["CAIRN"]
    def serve(*words, **options):
      return subprocess.Popen([cairn, "serve", "s", *words], stderr=subprocess.PIPE, text=True, **options)
    def await_serving(server):
      for line in server.stderr:
        if line.startswith("serving "): return line.strip()
    def connect(path="s/socket"):
      client = socket.socket(socket.AF_UNIX); client.settimeout(60); client.connect(path)
      return client
    def read(client):
      data = b""
      while True:
        part = client.recv(65536)
        if not part: return data.decode()
        data += part
    body = '{"batch":[{"type":"track","event":"A","userId":"u"}]}'
    head = "POST /v1/batch HTTP/1.1\\r\\nHost: c\\r\\nX-Cairn-Source: web\\r\\nContent-Length: %d\\r\\n" % len(body)
    """

  private func python(_ script: String) throws -> CommandLineRun.Outcome {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    try run.write(Self.prelude + "\n" + script, to: "test.py")
    return try run.shell("python3 test.py")
  }

  @Test(arguments: ["SIGTERM", "SIGINT"])
  func signalEndsItWithinTenSecondsWhateverClientsDo(_ name: String) throws {
    let outcome = try python(
      """
      server = serve()
      await_serving(server)
      idle, half, halfBody = connect(), connect(), connect()
      half.sendall(b"POST /v1/batch HT")
      halfBody.sendall((head + "\\r\\n" + body[:10]).encode())
      whole = connect()
      whole.sendall((head + "Connection: close\\r\\n\\r\\n" + body).encode())
      print(read(whole).split("\\r\\n")[0])
      began = time.monotonic()
      server.send_signal(signal.\(name))
      print(repr(read(idle)))
      half.sendall(b"TP/1.1\\r\\nHost: c\\r\\n\\r\\n")
      late = read(half)
      print(late.split("\\r\\n")[0], "Retry-After" in late or "retry-after" in late, "shutting_down" in late)
      print(read(halfBody).split("\\r\\n")[0])
      print(server.wait(60), time.monotonic() - began < 10, os.path.exists("s/socket"))
      """)
    #expect(
      outcome.output == """
        HTTP/1.1 200 OK
        ''
        HTTP/1.1 503 Service Unavailable True True
        HTTP/1.1 503 Service Unavailable
        0 True False

        """)
  }

  @Test func whatWasAcknowledgedIsThereAfterwards() throws {
    let outcome = try python(
      """
      def send(n):
        client = connect()
        text = '{"batch":[{"type":"track","event":"A","userId":"u","messageId":"m%d"}]}' % n
        client.sendall((head.replace(str(len(body)), str(len(text))) + "\\r\\n" + text).encode())
        return client
      def outcome(client):
        # One that had not been accepted yet is reset.
        try: return read(client)
        except OSError: return ""
      server = serve()
      await_serving(server)
      early = [send(n) for n in range(4)]
      first = [client.recv(65536).decode() for client in early]
      late = [send(n) for n in range(4, 12)]
      server.send_signal(signal.SIGTERM)
      answers = first + [outcome(client) for client in late]
      acknowledged = {"m%d" % n for n, answer in enumerate(answers) if answer.startswith("HTTP/1.1 200")}
      print(acknowledged >= {"m0", "m1", "m2", "m3"}, server.wait(60))
      text = subprocess.run([cairn, "export", "s", "events", "--format", "ndjson"], capture_output=True, text=True)
      stored = [json.loads(line)["event"]["messageId"] for line in text.stdout.splitlines()]
      print(acknowledged <= set(stored), len(stored) == len(set(stored)), text.returncode)
      """)
    #expect(outcome.output == "True 0\nTrue True 0\n", "\(outcome.errors)")
  }

  @Test func serviceManagerLearnsWhenItIsReadyAndWhenItStops() throws {
    let outcome = try python(
      """
      notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); notes.settimeout(60); notes.bind("notify")
      os.mkdir("run", 0o700)
      server = serve(env={**os.environ, "NOTIFY_SOCKET": os.path.abspath("notify"), "RUNTIME_DIRECTORY": "run:other"})
      print(notes.recv(100).decode().split("\\n")[0], oct(os.stat("run/cairn.sock").st_mode & 0o777))
      connect("run/cairn.sock")
      server.send_signal(signal.SIGTERM)
      print(notes.recv(100).decode().split("\\n")[0], server.wait(60))
      """)
    #expect(outcome.output == "READY=1 0o600\nSTOPPING=1 0\n")
  }

  @Test func socketOfTheServiceManagerIsServedAndStays() throws {
    let outcome = try python(
      """
      listening = socket.socket(socket.AF_UNIX); listening.bind("given"); listening.listen()
      early = connect("given")
      early.sendall(b"GET /health HTTP/1.1\\r\\nHost: c\\r\\nConnection: close\\r\\n\\r\\n")
      script = 'LISTEN_FDS=$0 LISTEN_PID=$$ exec "$CAIRN" serve s 3<&%d' % listening.fileno()
      def start(count):
        return subprocess.Popen(["bash", "-c", script, count], stderr=subprocess.PIPE, text=True,
                                pass_fds=[listening.fileno()])
      server = start("1")
      print(read(early).split("\\r\\n")[0], os.path.exists("s/socket"))
      server.send_signal(signal.SIGTERM)
      print(server.wait(60), os.path.exists("given"))
      wrong = start("2")
      print(wrong.wait(60), wrong.stderr.read().startswith("error: the service manager"))
      """)
    #expect(outcome.output == "HTTP/1.1 200 OK False\n0 True\n3 True\n")
  }

  @Test func storeThatOthersCanChangeIsNotServed() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    for mode in ["770", "707", "755", "704", "701", "720"] {
      let outcome = try run.shell(
        #"chmod \#(mode) s; timeout 60 "$CAIRN" serve s 2>&1; echo "status $?""#)
      #expect(
        outcome.output == "error: others can open or write to s; run 'chmod 700' on it\nstatus 3\n")
    }
    for (script, error) in [
      ("chmod 700 s; ln -s s link", "link is a symbolic link; name the directory that it leads to"),
      (
        "mkdir open; mv s open/link; chmod 777 open; cd open",
        "everybody can write to "
      ),
    ] {
      let outcome = try run.shell(
        #"\#(script); timeout 60 "$CAIRN" serve link 2>&1; echo "status $?""#)
      #expect(
        outcome.output.hasPrefix("error: \(error)") && outcome.output.hasSuffix("\nstatus 3\n"),
        "\(outcome.output)")
    }
    let unknown = try run.shell(
      #"mv open/link s; chmod 700 s; timeout 60 "$CAIRN" serve s --group no-such 2>&1; echo "status $?""#
    )
    #expect(unknown.output.hasPrefix("error: there is no group 'no-such'; "))
    #expect(unknown.output.hasSuffix("status 2\n"))
    guard geteuid() == 0 else { return }
    let foreign = try run.shell(#"chown 65534 s; timeout 60 "$CAIRN" serve s 2>&1; echo "$?""#)
    #expect(foreign.output.hasPrefix("error: s belongs to user 65534, and this is user 0; "))
    #expect(foreign.output.hasSuffix("\n3\n"))
  }

  @Test func secondServerIsRefusedAndTheFirstStays() throws {
    let outcome = try python(
      """
      server = serve()
      await_serving(server)
      second = serve()
      print(second.wait(60), ("process %d, has the store open" % server.pid) in second.stderr.read())
      client = connect()
      client.sendall(b"GET /health HTTP/1.1\\r\\nHost: c\\r\\nConnection: close\\r\\n\\r\\n")
      print(read(client).split("\\r\\n")[0])
      server.kill()
      server.wait()
      again = serve()
      print(await_serving(again).endswith("/s/socket"))
      again.send_signal(signal.SIGTERM)
      print(again.wait(60))
      """)
    #expect(outcome.output == "3 True\nHTTP/1.1 200 OK\nTrue\n0\n")
  }

  // MARK: Ingest

  @Test(arguments: [("INT", 130), ("TERM", 143)])
  func interruptedIngestKeepsWhatItHasRead(_ signal: (name: String, status: Int)) throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    let outcome = try run.shell(
      """
      mkfifo input; exec 9<>input
      "$CAIRN" ingest s input --json >summary 2>errors & pid=$!
      for n in 1 2 3; do echo '{"type":"track","event":"Interrupted","userId":"u","messageId":"'$n'"}'; done >lines
      printf '{"type":"track","event":"half' >>lines
      cat lines >&9
      until grep -rqa Interrupted s; do :; done
      kill -\(signal.name) $pid; wait $pid; echo "status $?"
      grep -o '"accepted":[0-9]*\\|"interrupted":true\\|"rejected":[0-9]*' summary
      grep -c 'interrupted; 3 lines are in the store' errors
      "$CAIRN" export s events --format ndjson | grep -c Interrupted
      """)
    #expect(
      outcome.output == """
        status \(signal.status)
        "accepted":3
        "rejected":0
        "interrupted":true
        1
        3

        """)
  }
}
