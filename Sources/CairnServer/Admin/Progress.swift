// Work that takes a while: its progress as lines of JSON while it goes on, and the result on the last one.

import Cairn
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// One line of such an answer; one of its members is there.
package struct WorkLine<Result: Codable & Sendable>: Codable, Sendable {
  /// How far the work has come.
  package var progress: WorkProgress?
  /// What it led to; the last line.
  package var result: Result?
  /// Why it did not; the last line.
  package var error: WorkError?
}

/// How far some work has come.
package struct WorkProgress: Codable, Sendable {
  /// What is being done.
  package enum Phase: String, Codable, Sendable {
    /// The history is read for definitions, record by record.
    case reading
    /// Profiles are evaluated.
    case evaluating
    /// Everything is derived again from the log.
    case folding
    /// Segments are searched for what is to be erased.
    case searching
    /// Segments are rewritten.
    case rewriting
    /// Other processes still read files that have been replaced; counted in milliseconds.
    case waiting
  }

  package var phase: Phase
  package var done: UInt64
  package var total: UInt64

  private init(_ phase: Phase, _ done: UInt64, of total: UInt64) {
    self.phase = phase
    self.done = done
    self.total = total
  }

  init(_ progress: BackfillProgress) {
    if progress.profilesTotal > 0 {
      self.init(.evaluating, progress.profiles, of: progress.profilesTotal)
    } else {
      self.init(.reading, progress.log.records, of: progress.log.recordsTotal)
    }
  }

  init(_ progress: LogProgress) {
    self.init(.folding, progress.records, of: progress.recordsTotal)
  }

  init(_ progress: ErasureProgress) {
    switch progress {
    case .folding(let log): self.init(log)
    case .blanking(let blanking) where blanking.toRewrite > 0:
      self.init(.rewriting, UInt64(blanking.rewritten), of: UInt64(blanking.toRewrite))
    case .blanking(let blanking):
      self.init(.searching, UInt64(blanking.searched), of: UInt64(blanking.segments))
    case .waiting(let milliseconds): self.init(.waiting, UInt64(milliseconds), of: 0)
    }
  }
}

/// An error that is found when the status of the answer has been sent.
package struct WorkError: Codable, Error, Sendable {
  /// The status that the answer would have had.
  package var status: Int
  package var code: String
  package var message: String

  init(_ error: any Error) {
    let known: ServerError
    switch error {
    case let error as ServerError: known = error
    case let error as LiveError: known = ServerError(forOwner: error)
    default:
      known = ServerError(.internalServerError, "cancelled", "the work was given up; try again")
    }
    status = known.status.code
    code = known.code
    message = known.message
  }
}

extension Response {
  /// Does some work while the answer is being sent.
  ///
  /// - Parameter work: Given what takes in how far it has come; cancelled if the client goes away.
  static func working<Result: Codable & Sendable>(
    _ work:
      @escaping @Sendable (_ report: @escaping @Sendable (WorkProgress) -> Void) async throws ->
      Result
  ) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/x-ndjson"],
      body: ResponseBody { writer in
        // A client that reads slowly sees the latest state, and holds nothing up.
        let (states, continuation) = AsyncStream<WorkProgress>.makeStream(
          bufferingPolicy: .bufferingNewest(1))
        async let last = line(of: work, continuation)
        for await state in states {
          try await writer.write(WorkLine<Result>(progress: state).buffer())
        }
        try await writer.write(await last.buffer())
        try await writer.finish(nil)
      })
  }

  private static func line<Result: Codable & Sendable>(
    of work:
      @Sendable (_ report: @escaping @Sendable (WorkProgress) -> Void) async throws -> Result,
    _ continuation: AsyncStream<WorkProgress>.Continuation
  ) async -> WorkLine<Result> {
    defer { continuation.finish() }
    do {
      return WorkLine(result: try await work { continuation.yield($0) })
    } catch {
      return WorkLine(error: WorkError(error))
    }
  }
}

extension WorkLine {
  fileprivate func buffer() throws -> ByteBuffer {
    var json = JSONBuilder()
    json.literal(String(decoding: try AdminForm.encode(self), as: UTF8.self))
    return ByteBuffer(bytes: json.bytes + [0x0A])
  }
}
