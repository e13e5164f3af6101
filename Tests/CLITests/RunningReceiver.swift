// A receiver of webhooks as a process of its own, which refuses everything.

import Foundation

/// Answers every request with 400.
final class RunningReceiver {
  private let process = Process()
  /// The port of this machine that it listens on.
  let port: Int

  private static let script = """
    import http.server
    class Handler(http.server.BaseHTTPRequestHandler):
      def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_error(400)
      def log_message(self, *words): pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  init() throws {
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.script]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  deinit {
    // It inherits the signals that the tests ignore.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
