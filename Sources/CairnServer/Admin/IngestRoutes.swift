// Whole inputs over HTTP, as `cairn ingest` takes them: any format, any length, and a verdict for each line.

import Cairn
import Engine
import Events
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Profiles
import Storage

extension AdminRoutes {
  /// Adds the route of whole inputs.
  func addIngest(to router: Router<ServerContext>) {
    router.post("v1/ingest") { request, context in
      try store.requireOwner(context.peer)
      let asked = IngestQuestion(request.uri)
      guard let name = asked.source, !name.isEmpty else {
        throw ServerError(
          .badRequest, "no_source", "the address names no source; add '?source=' and its name")
      }
      let format = try Self.format(asked.format, request.headers[.cairnMapping])
      let input: LiveIngest
      let before: MembershipCounts
      do throws(LiveError) {
        let source = try await store.source(named: name)
        before = try await store.withStore { (store) throws(StoreError) in store.fold.changes }
        input = try store.ingest(from: source, format: format)
      } catch {
        throw ServerError(forOwner: error)
      }
      return Response(
        status: .ok, headers: [.contentType: "application/x-ndjson"],
        body: ResponseBody { writer in
          defer { input.cancel() }
          async let isSent: Void = Self.send(request.body, to: input)
          let last = try await report(input, asked, since: before, &writer)
          try await writer.write(Self.line(last))
          try await writer.finish(nil)
          await isSent
        })
    }
  }

  /// Reads the body into the input.
  private static func send(_ body: RequestBody, to input: LiveIngest) async {
    do {
      for try await buffer in body {
        guard try await input.send(Array(buffer.readableBytesView)) else { break }
      }
    } catch {
      // The client has gone, which the other side of the connection notices too.
      input.cancel()
    }
    input.finish()
  }

  /// Writes what becomes of the input, and returns the last line.
  private func report(
    _ input: LiveIngest, _ asked: IngestQuestion, since before: MembershipCounts,
    _ writer: inout any ResponseBodyWriter
  ) async throws -> IngestLine {
    do {
      for try await part in input.parts {
        try await writer.write(Self.lines(of: part, all: asked.wantsVerdicts))
        input.take()
      }
      let after = try await change { (store) throws(StoreError) in store.fold.changes }
      return IngestLine(memberships: after - before)
    } catch let error as IngestFailure {
      switch error.reason {
      case .format(let problem): return IngestLine(problem: IngestLine.Problem(problem))
      case .store(let error): return IngestLine(error: WorkError(LiveError.store(error)))
      case .input: return IngestLine(error: WorkError(LiveError.draining))
      }
    } catch {
      return IngestLine(error: WorkError(error))
    }
  }

  /// The verdicts of a part that are to be shown, a line each, and its counts.
  private static func lines(of part: LiveIngest.Part, all: Bool) throws -> ByteBuffer {
    var buffer = ByteBuffer()
    var counts = IngestCounts(bytes: part.bytes, hasNoRows: part.hasNoRows)
    for line in part.verdicts {
      counts.count(line)
      guard all || line.isProblem else { continue }
      var json = JSONBuilder()
      json.beginObject()
      json.key(IngestLine.verdictKey)
      json.beginObject()
      json.line(line)
      json.endObject()
      json.endObject()
      buffer.writeBytes(json.bytes)
      buffer.writeInteger(UInt8(ascii: "\n"))
    }
    buffer.writeImmutableBuffer(try line(IngestLine(counts: counts)))
    return buffer
  }

  private static func line(_ line: IngestLine) throws -> ByteBuffer {
    ByteBuffer(bytes: try AdminForm.encode(line) + [0x0A])
  }

  private static func format(
    _ name: String, _ mapping: String?
  ) throws(ServerError) -> InputFormat {
    if let mapping {
      guard let text = mapping.removingPercentEncoding else {
        throw ServerError(.badRequest, "wrong_mapping", "the mapping is not percent-encoded text")
      }
      do throws(DefinitionError) {
        return .table(try MappingFile.read(text, file: "mapping"))
      } catch {
        throw ServerError(error)
      }
    }
    return name == "lines" ? .lines : .json
  }
}

extension HTTPField.Name {
  /// What the columns of a table mean, percent-encoded.
  static let cairnMapping = Self("X-Cairn-Mapping") ?? .from
}

extension LineVerdict {
  /// Whether the line did not simply come in.
  fileprivate var isProblem: Bool {
    switch verdict {
    case .accepted: clock?.verdict == .unparseable
    case .duplicate(_, let isSame): !isSame
    case .quarantined, .rejected: true
    }
  }
}
