// The requests of one connection, one after the other.

import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Reads requests; whatever goes wrong is a `ServerError`.
///
/// Safe because: the connection's loop reads a header and then waits for its answer; only what answers it reads
/// meanwhile.
final class RequestReader: @unchecked Sendable {
  private var parts: NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator
  private let limits: RequestLimits
  /// Whether the body of the request in hand has not been read to its end.
  private var isInBody = false
  /// Whether nothing more can be read.
  private(set) var hasFailed = false

  init(_ stream: NIOAsyncChannelInboundStream<HTTPRequestPart>, _ limits: RequestLimits) {
    parts = stream.makeAsyncIterator()
    self.limits = limits
  }

  /// The next request; nil at the end of the connection.
  func nextRequest() async throws(ServerError) -> Request? {
    guard let part = try await nextPart() else { return nil }
    guard case .head(let head) = part else { throw .malformed }
    isInBody = true
    return Request(head: head, body: RequestBody(asyncSequence: Body(reader: self)))
  }

  /// Reads what is left of a body that nobody wants; false if that is too much.
  func skipBody() async throws(ServerError) -> Bool {
    var byteCount = 0
    while let buffer = try await nextBuffer() {
      byteCount += buffer.readableBytes
      guard byteCount <= limits.bodyBytesMax else { return false }
    }
    return true
  }

  /// Reads until the other end closes.
  func skipAll() async { while (try? await nextPart()) != nil {} }

  fileprivate func nextBuffer() async throws(ServerError) -> ByteBuffer? {
    guard isInBody else { return nil }
    switch try await nextPart() {
    case .body(let buffer): return buffer
    case .end:
      isInBody = false
      return nil
    case .head, nil:
      hasFailed = true
      throw .malformed
    }
  }

  private func nextPart() async throws(ServerError) -> HTTPRequestPart? {
    guard !hasFailed else { throw .malformed }
    var parts = parts
    do { return try await parts.next() } catch {
      hasFailed = true
      throw ServerError(reading: error, limits)
    }
  }

  /// The body of the request in hand.
  private struct Body: AsyncSequence, Sendable {
    let reader: RequestReader

    struct AsyncIterator: AsyncIteratorProtocol {
      let reader: RequestReader

      func next() async throws -> ByteBuffer? { try await reader.nextBuffer() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
  }
}
