// What is known of a request besides what it says.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The context of one request.
struct ServerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Who sent it.
  var peer = Peer.network
  /// The connection that it came on.
  var reader: RequestReader?

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
  }

  /// Runs `body`, and cancels it if the other end goes away meanwhile; nothing more can be read afterwards.
  ///
  /// - Throws: What `body` throws; `CancellationError` if nobody waits for the answer any more.
  func whileConnected<R: Sendable>(
    _ body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    guard let reader else { return try await body() }
    return try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask {
        await reader.skipAll()
        return nil
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      guard let value = try await group.next() ?? nil else { throw CancellationError() }
      return value
    }
  }
}
