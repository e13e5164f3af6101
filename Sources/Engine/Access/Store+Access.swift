// Sources and keys: who may send events, and who may ask.

import Bytes
import Events
import Storage

extension Store {
  /// The sources, in the order in which they were first used.
  public var sources: [SourceRecord] { fold.state.scalars.sources }

  /// The keys that are in force, in the order in which they were made.
  public var accessKeys: [AccessKey] { fold.state.scalars.accessKeys }

  /// The number of a source, recorded as an input if it is new.
  @discardableResult
  package func openSource(_ name: String) throws(StoreError) -> SourceID {
    try makeReady()
    if let known = fold.state.scalars.source(named: name) { return known.id }
    let source = SourceRecord(
      id: SourceID(UInt32(fold.state.scalars.sources.count) + 1), name: name)
    try record(.source(source), source: source.id)
    return source.id
  }

  /// Makes a key that lets its holder collect events for a source, which is recorded if it is new.
  ///
  /// - Returns: The key, which cannot be shown again: only its hash is kept.
  public func makeWriteKey(forSource name: String) throws(StoreError) -> String {
    try makeKey(.write(try openSource(name)))
  }

  /// Makes a key that lets its holder ask for profiles, traits and audiences.
  ///
  /// - Returns: As `makeWriteKey`.
  public func makeReadKey() throws(StoreError) -> String {
    try makeReady()
    return try makeKey(.read)
  }

  /// Adds a source with its first key.
  ///
  /// - Returns: As `makeWriteKey`.
  /// - Throws: `.alreadyExists` if a key of the source is in force.
  public func addSource(_ name: String) throws(StoreError) -> String {
    try makeReady()
    guard writeKeys(ofSource: name).isEmpty else {
      throw StoreError(
        .alreadyExists,
        "the source has a key already; 'cairn source rotate' makes another one")
    }
    return try makeWriteKey(forSource: name)
  }

  /// Makes another key for a source; those that are in force stay so until they are revoked.
  ///
  /// - Returns: As `makeWriteKey`.
  /// - Throws: `.noSuchRecord` if there is no such source.
  public func rotateKey(ofSource name: String) throws(StoreError) -> String {
    try makeReady()
    guard fold.state.scalars.source(named: name) != nil else {
      throw StoreError(
        .noSuchRecord,
        "there is no such source; 'cairn source list' shows those that there are")
    }
    return try makeWriteKey(forSource: name)
  }

  /// The keys with which events of a source are collected.
  private func writeKeys(ofSource name: String) -> [AccessKey] {
    guard let source = fold.state.scalars.source(named: name) else { return [] }
    return accessKeys.filter { $0.scope == .write(source.id) }
  }

  /// Says in the store's lock where this process can be reached: the absolute path of a Unix socket.
  package func announce(_ address: String) { directory.announce(address) }

  private func makeKey(_ scope: AccessKey.Scope) throws(StoreError) -> String {
    let key = AccessKeyText(options.environment.randomBytes)
    // One in a million million.
    guard !fold.state.scalars.accessKeys.contains(where: { $0.name == key.name }) else {
      throw StoreError(.alreadyExists, "the new key has the name of another one; make one again")
    }
    let now = options.environment.now()
    try record(
      .accessKey(AccessKeyRecord(key, scope, at: now)), receivedAt: decisionInstant(now))
    return key.text
  }

  /// Revokes a key, named by the part of it that is not secret or given whole; it is refused from then on.
  ///
  /// - Throws: `.noSuchRecord` if no such key is in force.
  public func revokeKey(_ text: String) throws(StoreError) {
    try makeReady()
    let name = AccessKeyText.name(in: text) ?? text
    guard fold.state.scalars.accessKeys.contains(where: { $0.name == name }) else {
      throw StoreError(
        .noSuchRecord,
        "no key with this name is in force; 'cairn source list' and 'cairn key list' show those that are"
      )
    }
    try record(
      .accessKey(AccessKeyRecord(revoking: name)),
      receivedAt: decisionInstant(options.environment.now()))
  }
}

extension Scalars {
  /// The source of a name; nil if there is none.
  package func source(named name: String) -> SourceRecord? {
    sources.first { $0.name.hasSameBytes(as: name) }
  }
}
