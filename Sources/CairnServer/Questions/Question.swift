// One question to the store: who asks has been checked, and the state that answers it is at hand.

import Bytes
import Cairn
import Engine
import Hummingbird
import NIOPosix
import Profiles
import ServiceLifecycle
import Storage

/// What a request asks, of one snapshot and for one instant.
struct Question: Sendable {
  let parameters: QueryParameters
  /// The state as of the last commit that was acknowledged before the request came.
  let snapshot: Snapshot
  /// The instant to answer for: that of `at`, or the present.
  let instant: Timestamp

  /// - Parameters:
  ///   - known: The parameters that the route takes besides `at`; nil if it ignores those that it does not know.
  ///   - repeated: Those of them that may be given more than once.
  /// - Throws: 401 or 403 for somebody who may not ask.
  init(
    _ request: Request, _ context: ServerContext, of store: LiveStore, taking known: [String]? = [],
    repeating repeated: [String] = []
  ) async throws {
    try store.requireReading(context.peer, PresentedKey(request.headers))
    parameters = try QueryParameters(
      request, taking: known.map { $0 + ["at"] }, repeating: repeated)
    snapshot = try await store.snapshot()
    instant = try parameters.instant("at") ?? store.readingInstant(snapshot)
  }

  /// Runs what reads many records or rows on a thread that may block, and not on those that serve connections.
  static func reading<R: Sendable>(
    _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await NIOThreadPool.singleton.runIfActive(body)
  }

  /// As above, for what takes long: it ends soon after the client has gone or the server begins to shut down.
  ///
  /// Returns once it has ended. Nothing more can be read from the connection afterwards.
  ///
  /// - Throws: What `body` throws; `CancellationError` if it was ended.
  static func reading<R: Sendable>(
    _ snapshot: Snapshot, for context: ServerContext,
    _ body: @escaping @Sendable (Snapshot) throws -> R
  ) async throws -> R {
    let cancellation = ReadCancellation()
    let snapshot = Snapshot(snapshot, endingWith: cancellation)
    do {
      return try await context.whileConnected {
        try await withTaskCancellationOrGracefulShutdownHandler {
          try await reading { try body(snapshot) }
        } onCancelOrGracefulShutdown: {
          cancellation.cancel()
        }
      }
    } catch {
      throw cancellation.isCancelled ? CancellationError() : error
    }
  }
}

/// Persons or accounts: what the profiles of an address are.
enum ProfileFace: String, CaseIterable, Sendable {
  case profiles, accounts

  /// The profile that an address names.
  ///
  /// - Parameter text: A part of the address, percent-encoded: `type:value`; of an account also its group id.
  /// - Throws: 400 for text that is not an identifier, 404 for one that no profile has.
  func profile(_ text: String, in snapshot: Snapshot) throws -> ProfileOrdinal {
    guard let name = PercentText.decode(text) else {
      throw ServerError(
        .badRequest, "invalid_identifier",
        "the identifier in the address is not percent-encoded UTF-8; encode its value")
    }
    switch self {
    case .profiles: return try Self.profile(of: try Self.identifier(name), in: snapshot)
    case .accounts: return try Self.account(name, in: snapshot)
    }
  }

  /// Reads `type:value`; the value may hold colons.
  static func identifier(_ text: String) throws(ServerError) -> Identifier {
    guard let identifier = Identifier(text), !identifier.type.isEmpty, !identifier.value.isEmpty
    else {
      throw ServerError(
        .badRequest, "invalid_identifier",
        "an identifier looks like user_id:42 or email:ada@example.com")
    }
    return identifier
  }

  private static func profile(
    of identifier: Identifier, in snapshot: Snapshot
  ) throws -> ProfileOrdinal {
    guard let profile = try snapshot.profile(of: identifier) else {
      throw ServerError(
        .notFound, "not_found", "no profile has this identifier; check its type and value")
    }
    return profile
  }

  /// A group id may hold a colon itself, so it is tried first as a whole.
  private static func account(_ name: String, in snapshot: Snapshot) throws -> ProfileOrdinal {
    var identifiers = [Identifier(type: "group_id", value: name)]
    if let typed = Identifier(name), ["group_id", "profile_id"].contains(typed.type) {
      identifiers.append(typed)
    }
    for identifier in identifiers {
      guard let profile = try snapshot.profile(of: identifier) else { continue }
      guard try snapshot.isAccount(profile) else {
        throw ServerError(
          .notFound, "not_found",
          "this profile is a person, not an account; ask under /v1/profiles")
      }
      return profile
    }
    throw ServerError(.notFound, "not_found", "no account has this group id; check it")
  }
}
