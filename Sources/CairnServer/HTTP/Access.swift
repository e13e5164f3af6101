// What a request may do: by who sent it, and by the key that it brings.

import Bytes
import Cairn
import Engine
import Events
import HTTPTypes
import Hummingbird
import Storage

/// The key that a request brings in its header, if any.
struct PresentedKey: Sendable {
  let text: String

  /// Reads `Authorization`: Basic with the key as the user, as the clients of Segment send it, or Bearer.
  init?(_ headers: HTTPFields) {
    guard let value = headers[.authorization],
      let space = value.firstIndex(of: " ")
    else { return nil }
    let scheme = value[..<space].lowercased()
    let rest = value[value.index(after: space)...].drop { $0 == " " }
    switch scheme {
    case "bearer": text = String(rest)
    case "basic":
      guard let user = Self.user(ofBasic: rest) else { return nil }
      text = user
    default: return nil
    }
  }

  init(text: String) { self.text = text }

  /// The user in the credentials of Basic authentication, which may lack the colon.
  private static func user(ofBasic text: some StringProtocol) -> String? {
    guard let bytes = Base64.decode(text.utf8) else { return nil }
    let user = bytes.prefix { $0 != UInt8(ascii: ":") }
    return String(decoding: user, as: UTF8.self)
  }
}

extension LiveStore {
  /// The source that a request collects for.
  ///
  /// - Parameters:
  ///   - key: The key in its header, or else in its body.
  ///   - named: The source that its header names.
  /// - Throws: 401 without a key that is in force, also for an owner who names no source; 403 for a key that may not
  ///   collect.
  func source(
    for peer: Peer, _ key: PresentedKey?, named name: String?
  ) async throws(ServerError) -> SourceID {
    if let key, let known = accessKey(key.text) {
      guard case .write(let source) = known.scope else {
        throw ServerError(
          .forbidden, "read_key", "the key is a read key, which cannot collect; use a write key")
      }
      return source
    }
    guard peer == .owner, let name, !name.isEmpty else {
      if peer == .owner, key == nil {
        throw ServerError(
          .unauthorized, "no_source",
          "nothing says which source the events are of; send the source's write key, or its name as "
            + "X-Cairn-Source")
      }
      throw ServerError(
        .unauthorized, "unknown_write_key",
        "the write key is missing, unknown or revoked; make one with 'cairn source add'")
    }
    do throws(LiveError) { return try await source(named: name) } catch { throw ServerError(error) }
  }

  /// The source that a request collects for as far as its header says so; nil for one that is not known yet, and for
  /// a request that is going to be refused.
  func knownSource(for peer: Peer, _ key: PresentedKey?, named name: String?) -> SourceID? {
    if let key, case .write(let source)? = accessKey(key.text)?.scope { return source }
    return peer == .owner ? name.flatMap { knownSource(named: $0) } : nil
  }

  /// Refuses a request that may not ask for profiles, traits and audiences.
  func requireReading(_ peer: Peer, _ key: PresentedKey?) throws(ServerError) {
    guard peer != .network else {
      throw ServerError(
        .forbidden, "collection_only", "over TCP events are only collected; ask on the Unix socket")
    }
    guard peer != .owner else { return }
    guard let key, let known = accessKey(key.text), case .read = known.scope else {
      throw ServerError(
        .unauthorized, "unknown_read_key",
        "a read key is needed; the owner makes one with 'cairn key add --read'")
    }
  }

  /// Refuses a request that may not administer the store.
  func requireOwner(_ peer: Peer) throws(ServerError) {
    guard peer == .owner else {
      throw ServerError(
        .forbidden, "owner_only",
        "only the user that owns the store may do this, on the Unix socket")
    }
  }
}
