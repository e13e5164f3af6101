// The server that holds a store, as the commands of this program use it: one request on a connection of its own.

import CairnServer
import Glibc
import Storage

/// A connection to the server that holds a store, for one request.
final class ServerConnection {
  /// The longest answer, and the longest line of one, in bytes.
  private static let answerBytesMax = 64 << 20

  /// The socket, as the server has recorded it.
  let path: String
  let socket: ServerSocket
  private var reader = AnswerReader()
  /// The part of the body that has arrived and has not been used.
  private var body: [UInt8] = []
  /// How much of it has been used.
  private var used = 0

  /// Connects to the server that holds a store.
  ///
  /// To be asked only about a store that is locked: what is recorded of a server that was killed may lead to that of
  /// another store.
  ///
  /// - Returns: nil if no server says that it holds the store, or the one that does is not there.
  static func find(_ store: String) -> ServerConnection? {
    StoreDirectory.announcedAddress(of: store, PosixFileSystem()).flatMap { ServerConnection($0) }
  }

  /// As `find`, for a store of which it is not known whether a process has it.
  static func findHolder(of store: String) -> ServerConnection? {
    let isLocked = try? PosixFileSystem().isLocked(store + "/" + StoreFile.lock)
    return isLocked == true ? find(store) : nil
  }

  /// Connects to the server at a socket; nil if it is not there.
  init?(_ path: String) {
    guard let socket = ServerSocket(path) else { return nil }
    self.path = path
    self.socket = socket
  }

  // MARK: Questions with one answer

  /// Asks for an answer.
  ///
  /// - Throws: `ServerRefusal` with what the server says; `CommandFailure` if it is gone or cannot be understood.
  func get<Answer: Decodable>(_ target: String) throws -> Answer {
    try begin("GET", target, [])
    return try answer()
  }

  /// Sends a question and reads its answer.
  ///
  /// - Throws: As `get`.
  func post<Answer: Decodable>(_ target: String, _ question: some Encodable) throws -> Answer {
    try begin("POST", target, try AdminForm.encode(question))
    return try answer()
  }

  /// Removes something and reads what is said of it.
  ///
  /// - Throws: As `get`.
  func delete<Answer: Decodable>(_ target: String) throws -> Answer {
    try begin("DELETE", target, [])
    return try answer()
  }

  /// Sends a question whose answer takes a while, and shows the progress meanwhile.
  ///
  /// - Throws: As `get`.
  func work<Result: Codable & Sendable>(
    _ target: String, _ question: some Encodable, _ progress: ProgressLine,
    by method: String = "POST"
  ) throws -> Result {
    defer { progress.clear() }
    try begin(method, target, try AdminForm.encode(question))
    try readHead()
    while let line = try nextLine() {
      let news: WorkLine<Result> = try Self.decode(line)
      if let error = news.error { throw ServerRefusal(error) }
      if let result = news.result { return result }
      if let state = news.progress {
        progress.show(ServedState(progress: state, elapsed: progress.elapsed))
      }
    }
    throw lost(SocketFailure(EPIPE))
  }

  // MARK: Requests

  /// Sends a request with a body, as JSON.
  func begin(_ method: String, _ target: String, _ body: [UInt8]) throws {
    let head =
      "\(method) \(target) HTTP/1.1\r\nHost: cairn\r\nConnection: close\r\n"
      + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
    try send(Array(head.utf8) + body)
  }

  /// Begins a request whose body is sent in parts.
  ///
  /// - Parameter headers: Further lines of the head.
  func beginStream(_ method: String, _ target: String, _ headers: [String]) throws {
    let lines =
      ["\(method) \(target) HTTP/1.1", "Host: cairn", "Connection: close"]
      + ["Content-Type: application/octet-stream", "Transfer-Encoding: chunked"] + headers
    try send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
  }

  /// Sends a part of a body; an empty one ends it.
  func sendPart(_ part: [UInt8]) throws {
    guard !reader.isComplete else { return }
    let size = Array((String(part.count, radix: 16) + "\r\n").utf8)
    try send(size + part + Array("\r\n".utf8))
  }

  /// Sends bytes of a request; what arrives meanwhile is kept.
  func send(_ bytes: [UInt8]) throws {
    do {
      try socket.send(bytes) { part in
        try take(part)
        return !reader.isComplete
      }
    } catch {
      throw lost(error)
    }
  }

  /// Reads the whole answer.
  private func answer<Answer: Decodable>() throws -> Answer {
    try readHead()
    while try receive() {}
    return try Self.decode(body)
  }

  /// Reads until the status is known.
  ///
  /// - Throws: `ServerRefusal` if the server refuses.
  func readHead() throws {
    while reader.status == nil { _ = try receive() }
    guard let status = reader.status, status >= 300 else { return }
    while try receive() {}
    throw ServerRefusal(status: status, body)
  }

  /// The next line of the answer's body; nil at its end.
  func nextLine() throws -> [UInt8]? {
    while true {
      if let line = takeLine() { return line }
      guard try receive() else {
        defer { used = body.count }
        return used == body.count ? nil : Array(body[used...])
      }
    }
  }

  /// The next bytes of the answer's body, as many as asked for; nil if it ends before.
  func nextBytes(_ count: Int) throws -> [UInt8]? {
    while body.count - used < count {
      guard try receive() else { return nil }
    }
    defer { used += count }
    return Array(body[used..<(used + count)])
  }

  /// The next line among what has arrived; nil if none is complete.
  func takeLine() -> [UInt8]? {
    guard let end = body[used...].firstIndex(of: 0x0A) else { return nil }
    defer { used = end + 1 }
    return Array(body[used..<end])
  }

  /// Waits for more of the body; false at its end.
  private func receive() throws -> Bool {
    guard !reader.isComplete else { return false }
    do {
      if let part = try socket.receive() { try take(part) } else { try reader.end() }
    } catch {
      throw lost(error)
    }
    return true
  }

  private func take(_ part: [UInt8]) throws {
    body.removeFirst(used)
    used = 0
    body += try reader.take(part)
    guard body.count <= Self.answerBytesMax else { throw AnswerReader.Malformed() }
  }

  /// A value from JSON.
  ///
  /// - Throws: `CommandFailure` for what this version does not understand.
  static func decode<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
    do { return try AdminForm.decode(bytes) } catch {
      throw CommandFailure(
        status: .refused, what: "the server's answer is not understood",
        remedy: "run the version of the program that serves the store")
    }
  }

  /// The error for a connection that has ended early.
  private func lost(_ error: any Error) -> any Error {
    if let failure = error as? SocketFailure, failure.code == ETIMEDOUT { return SilentServer() }
    if let failure = error as? SocketFailure, failure.code != EPIPE, failure.code != ECONNRESET {
      return CommandFailure(
        status: .refused,
        what: "the connection to the server on \(path) failed: \(errorText(failure.code))",
        remedy: "see whether it still runs")
    }
    return CommandFailure(
      status: .refused, what: "the server on \(path) ended before it answered",
      remedy: "see whether it still runs; what was asked for may have been done")
  }
}

/// The server has not answered within the time that it had.
struct SilentServer: Error {}

/// A text as a part of an address.
func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: "~"):
      bytes.append(byte)
    default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
