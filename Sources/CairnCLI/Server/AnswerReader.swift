// An answer of HTTP/1.1, from the bytes of a connection: the head, and the body however long it is, in pieces.

/// Reads one answer from bytes that arrive in parts.
struct AnswerReader {
  /// Why an answer cannot be read: it is not HTTP, or larger than is read.
  struct Malformed: Error {}

  /// The longest head, and the longest line of a body, in bytes.
  static let headBytesMax = 64 << 10

  /// How the end of the body is known.
  private enum Framing {
    case length(Int)
    /// Chunks; holds what is left of the present one, nil before its size.
    case chunks(Int?)
    case untilEnd
    case complete
  }

  /// The status; nil until the head has arrived.
  private(set) var status: Int?
  private var framing = Framing.untilEnd
  private var pending: [UInt8] = []

  /// Whether the whole body has been handed out.
  var isComplete: Bool {
    if case .complete = framing { status != nil } else { false }
  }

  /// Takes bytes and returns those of the body among them.
  mutating func take(_ bytes: [UInt8]) throws(Malformed) -> [UInt8] {
    pending.append(contentsOf: bytes)
    if status == nil {
      guard let head = try takeHead() else { return [] }
      try read(head)
    }
    var body: [UInt8] = []
    while try takePiece(into: &body) {}
    return body
  }

  /// No more bytes come.
  mutating func end() throws(Malformed) {
    guard status != nil else { throw Malformed() }
    if case .untilEnd = framing { framing = .complete }
    guard isComplete else { throw Malformed() }
  }

  // MARK: The head

  private mutating func takeHead() throws(Malformed) -> [UInt8]? {
    let end = Array("\r\n\r\n".utf8)
    guard let range = pending.firstRange(of: end) else {
      guard pending.count <= Self.headBytesMax else { throw Malformed() }
      return nil
    }
    defer { pending.removeFirst(range.upperBound) }
    return Array(pending[..<range.lowerBound])
  }

  private mutating func read(_ head: [UInt8]) throws(Malformed) {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]),
      (200..<600).contains(code)
    else { throw Malformed() }
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw Malformed() }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      switch line[..<colon].lowercased() {
      case "content-length":
        guard let length = Int(value), length >= 0 else { throw Malformed() }
        framing = length == 0 ? .complete : .length(length)
      case "transfer-encoding":
        guard value.lowercased() == "chunked" else { throw Malformed() }
        framing = .chunks(nil)
      default: break
      }
    }
    if code == 204 { framing = .complete }
    status = code
  }

  // MARK: The body

  /// Moves the next piece of the body; false if more bytes are needed, or none are.
  private mutating func takePiece(into body: inout [UInt8]) throws(Malformed) -> Bool {
    switch framing {
    case .complete: return false
    case .untilEnd: return move(pending.count, into: &body)
    case .length(let left):
      let count = min(left, pending.count)
      framing = count == left ? .complete : .length(left - count)
      return move(count, into: &body)
    case .chunks(let left?) where left > 0:
      let count = min(left, pending.count)
      framing = .chunks(left - count)
      return move(count, into: &body)
    case .chunks(let left):
      // The line feed after a chunk, then the size of the next one.
      guard let line = try takeLine(), left == nil || line.isEmpty else { return false }
      guard left == nil else {
        framing = .chunks(nil)
        return true
      }
      let digits = String(decoding: line.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
      guard let size = Int(digits, radix: 16), size >= 0 else { throw Malformed() }
      framing = size == 0 ? .complete : .chunks(size)
      return true
    }
  }

  private mutating func move(_ count: Int, into body: inout [UInt8]) -> Bool {
    guard count > 0 else { return false }
    body.append(contentsOf: pending[..<count])
    pending.removeFirst(count)
    return true
  }

  private mutating func takeLine() throws(Malformed) -> [UInt8]? {
    guard let end = pending.firstIndex(of: 0x0A) else {
      guard pending.count <= Self.headBytesMax else { throw Malformed() }
      return nil
    }
    defer { pending.removeFirst(end + 1) }
    return pending[..<end].last == 0x0D ? Array(pending[..<(end - 1)]) : Array(pending[..<end])
  }
}
