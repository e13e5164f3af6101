// Files taken in through the server that has the store open: sent as they are, while verdicts come back.

import Cairn
import CairnServer
import Engine
import Events
import Glibc
import Storage

/// Takes in files through a server.
struct ServedIngest {
  let store: String
  let source: String
  let format: InputFormatArgument
  /// What the columns of tables mean.
  let mapping: String?
  /// Whether every line's verdict is wanted.
  let wantsVerdicts: Bool

  private static let partBytes = 256 << 10

  /// Sends a file and returns what became of it.
  ///
  /// - Throws: `IngestFailure` with what had come in; `ServerRefusal`; `CommandFailure` if the server is gone.
  func take(_ descriptor: Int32, _ file: String, into run: IngestRun) throws -> IngestSummary {
    guard let server = ServerConnection.find(store) else {
      throw CommandFailure(
        status: .refused, what: "the server that had the store open is gone",
        remedy: "start it and ingest the same input again to continue")
    }
    var answer = IngestAnswer(run: run, file: file)
    var target = "/v1/ingest?source=\(percentEncoded(source))&format=\(format.rawValue)"
    if wantsVerdicts { target += "&verdicts=1" }
    let headers = mapping.map { ["X-Cairn-Mapping: \(percentEncoded($0))"] } ?? []
    try server.beginStream("POST", target, headers)
    while let part = try Self.read(descriptor, file) {
      try server.sendPart(part)
      while let line = server.takeLine() { try answer.take(line) }
    }
    try server.sendPart([])
    try server.readHead()
    while let line = try server.nextLine() { try answer.take(line) }
    return try answer.finish()
  }

  /// The next bytes of a file; nil at its end.
  private static func read(_ descriptor: Int32, _ file: String) throws -> [UInt8]? {
    while true {
      var result = 0
      let part = [UInt8](unsafeUninitializedCapacity: partBytes) { buffer, count in
        result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        count = max(0, result)
      }
      if result >= 0 { return result == 0 ? nil : part }
      guard errno == EINTR else { throw CommandFailure.file(file, "read", errno: errno) }
    }
  }
}

/// What a server answers to one input.
private struct IngestAnswer {
  let run: IngestRun
  let file: String
  private var summary = IngestSummary()
  private var last: IngestLine?

  init(run: IngestRun, file: String) {
    self.run = run
    self.file = file
  }

  /// How a line that is a verdict begins; its end is a brace.
  private static let verdict = Array(#"{"\#(IngestLine.verdictKey)":"#.utf8)

  mutating func take(_ line: [UInt8]) throws {
    if line.starts(with: Self.verdict) {
      let object = Array(line[Self.verdict.count...].dropLast())
      run.note(try NotedLine(json: object), of: file) { String(decoding: object, as: UTF8.self) }
      return
    }
    let news: IngestLine = try ServerConnection.decode(line)
    guard let counts = news.counts else {
      last = news
      return
    }
    summary.verdicts.add(counts.verdicts)
    summary.times.add(counts.times)
    summary.bytes = counts.bytes
    summary.hasNoRows = summary.hasNoRows || counts.hasNoRows
    run.show(IngestProgress(bytes: counts.bytes, counts: summary.verdicts))
  }

  /// The result, once the answer has ended.
  mutating func finish() throws -> IngestSummary {
    if let changes = last?.memberships {
      summary.memberships = changes
      return summary
    }
    if let problem = last?.problem {
      let error = InputFormatError(
        message: problem.message, offset: problem.offset, remedy: problem.remedy)
      throw IngestFailure(reason: .format(error), summary: summary)
    }
    run.add(summary)
    if let error = last?.error { throw ServerRefusal(error) }
    throw CommandFailure(
      status: .refused, what: "the server ended before all of \(file) was taken in",
      remedy: "start it and ingest the same input again to continue")
  }
}
