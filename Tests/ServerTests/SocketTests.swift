// The file of the socket: who may open it, and whose it is.

import Cairn
import CairnServer
import Engine
import Foundation
import Glibc
import Storage
import Testing

@Suite struct SocketTests {
  private static func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test(arguments: [0o000, 0o022, 0o077] as [mode_t])
  func onlyTheOwnerMayConnectWhateverTheMaskIs(_ mask: mode_t) async throws {
    let before = umask(mask)
    defer { umask(before) }
    try await TestServer.run { #expect(Self.mode($0.socketPath) == 0o600) }
  }

  @Test func groupMayConnectIfTheServerSaysSo() async throws {
    let group = getgid()
    try await TestServer.run(configure: { $0.group = group }) { server in
      #expect(Self.mode(server.socketPath) == 0o660)
      var status = stat()
      lstat(server.socketPath, &status)
      #expect(status.st_gid == group)
      try await server.requireHealth()
    }
  }

  @Test func socketGoesWithTheServer() async throws {
    let path = Folder()
    try await TestServer.run { path.text = $0.socketPath }
    #expect(Self.mode(path.text) == 0)
  }

  @Test func socketOfALiveServerIsNotTaken() async throws {
    try await TestServer.run { server in
      await #expect {
        try await TestServer.run(configure: { $0.socketPath = server.socketPath }) { _ in }
      } throws: {
        ($0 as? StoreError)?.code == .alreadyExists
      }
      try await server.requireHealth()
    }
  }

  @Test func socketOfADeadServerIsReplaced() async throws {
    let folder = try Folder.make()
    defer { folder.remove() }
    let path = folder.text + "/socket"
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(result == 0)
    close(descriptor)
    try await TestServer.run(configure: { $0.socketPath = path }) { server in
      try await server.requireHealth()
    }
  }

  @Test func otherFilesAreNotRemoved() async throws {
    let folder = try Folder.make()
    defer { folder.remove() }
    let (file, link, target) = (folder.text + "/file", folder.text + "/link", folder.text + "/no")
    try "content".write(toFile: file, atomically: false, encoding: .utf8)
    symlink(target, link)
    for path in [file, link, folder.text] {
      await #expect {
        try await TestServer.run(configure: { $0.socketPath = path }) { _ in }
      } throws: {
        ($0 as? StoreError)?.code == .alreadyExists
      }
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "content")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test func longPathIsRefused() async throws {
    let folder = try Folder.make()
    defer { folder.remove() }
    let room = SocketPath.byteCountMax - folder.text.utf8.count - 1
    let fine = folder.text + "/" + String(repeating: "s", count: room)
    try await TestServer.run(configure: { $0.socketPath = fine }) { server in
      try await server.requireHealth()
    }
    await #expect {
      try await TestServer.run(configure: { $0.socketPath = fine + "s" }) { _ in }
    } throws: {
      ($0 as? StoreError)?.code == .tooLarge
    }
  }

  // MARK: Other users

  /// What a process of another user sees: the errno of connecting, and what it reads after a request.
  private func asNobody(
    _ path: String, key: String = "", _ target: String = "POST /v1/batch"
  ) async throws -> String {
    let script = """
      import os, socket, sys
      os.setgroups([]); os.setgid(65534); os.setuid(65534)
      s = socket.socket(socket.AF_UNIX)
      try: s.connect(sys.argv[1])
      except OSError as e: print("errno", e.errno); sys.exit()
      s.settimeout(60)
      auth = "Authorization: Bearer " + sys.argv[2] + "\\r\\n" if sys.argv[2] else ""
      body = '{"batch":[{"type":"track","event":"A","userId":"u"}]}'
      try:
        s.sendall((sys.argv[3] + " HTTP/1.1\\r\\nHost: c\\r\\nX-Cairn-Source: web\\r\\n" + auth
                   + "Content-Length: %d\\r\\n\\r\\n" % len(body) + body).encode())
        data = s.recv(65536)
      except OSError as e: data = b""
      print(data.decode().split("\\r\\n")[0] or "closed")
      """
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-c", script, path, key, target]
            process.standardOutput = pipe
            try process.run()
            let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: bytes, as: UTF8.self)
              .trimmingCharacters(in: .whitespacesAndNewlines)
          })
      }
    }
  }

  /// Other users can be tried only by root.
  static let isRoot = geteuid() == 0

  @Test(.enabled(if: isRoot)) func strangerIsRefusedByTheModeAndByTheKernelsWord() async throws {
    let folder = try Folder.make(mode: 0o755)
    defer { folder.remove() }
    let path = folder.text + "/socket"
    try await TestServer.run(configure: { $0.socketPath = path }) { server in
      let refused = try await asNobody(path)
      #expect(refused == "errno \(EACCES)")
      // Even if somebody opens the file: not a byte is answered.
      chmod(path, 0o666)
      #expect(try await asNobody(path) == "closed")
      try await server.requireHealth()
    }
  }

  @Test(.enabled(if: isRoot)) func memberOfTheGroupNeedsAKey() async throws {
    let folder = try Folder.make(mode: 0o755)
    defer { folder.remove() }
    let path = folder.text + "/socket"
    let (key, readKey) = (Folder(), Folder())
    try await TestServer.run(
      prepare: {
        key.text = try $0.makeWriteKey(forSource: "shop")
        readKey.text = try $0.makeReadKey()
      },
      configure: {
        $0.socketPath = path
        $0.group = 65_534
      }
    ) { _ in
      let refused = try await asNobody(path)
      #expect(refused == "HTTP/1.1 401 Unauthorized")
      #expect(try await asNobody(path, key: key.text) == "HTTP/1.1 200 OK")
      // Metrics are for those who may read.
      for (key, status) in [
        ("", "401 Unauthorized"), (key.text, "401 Unauthorized"), (readKey.text, "200 OK"),
      ] {
        let answer = try await asNobody(path, key: key, "GET /metrics")
        #expect(answer == "HTTP/1.1 " + status)
      }
    }
  }
}

/// A folder of a test, or a text that its preparation made.
private final class Folder: @unchecked Sendable {
  // Safe because: set before it is read by anybody else.
  var text = ""

  static func make(mode: mode_t = 0o700) throws -> Folder {
    let folder = Folder()
    // Short, and reachable for other users.
    folder.text = "/tmp/cairn-\(UUID().uuidString.prefix(8))"
    guard mkdir(folder.text, 0o700) == 0, chmod(folder.text, mode) == 0 else {
      throw TestConnection.Failure(description: "no folder: errno \(errno)")
    }
    return folder
  }

  func remove() { try? FileManager.default.removeItem(atPath: text) }
}
