// Erasing people: from the erasure's record on they are ignored, and when it is done the only trace
// of them in any file of the store is a keyed hash of each identifier, which keeps them from coming
// back.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// What erasing would concern.
public struct ErasurePlan: Equatable, Sendable {
  /// The identifiers that would be erased: those of the persons asked for, and any that were never seen, but
  /// none that have been erased already.
  public var identifiers: [Identifier] = []
  /// Persons that they belong to.
  public var persons = 0
  /// What the log would lose.
  public var extent = ErasureExtent()
}

/// How far an erasure has come.
public enum ErasureProgress: Equatable, Sendable {
  /// The log is folded without the erased.
  case folding(LogProgress)
  /// Records are being blanked.
  case blanking(BlankProgress)
  /// Others still read files that have been replaced; it waits for that many milliseconds already.
  case waiting(Int)
}

extension Store {
  /// What erasing would concern, exactly; changes nothing.
  ///
  /// - Parameters:
  ///   - identifiers: Of persons, as their type is written in the rules.
  ///   - alone: Whether to erase just these identifiers; without it, all of the persons that they belong to.
  /// - Throws: `.noSuchRecord` for a type that there is not, `.outOfOrder` for an account's, `.tooLarge` for
  ///   a value that no event can have.
  /// - Complexity: O(log); every event is looked at.
  public func erasurePlan(
    of identifiers: [Identifier], alone: Bool = false
  ) throws(StoreError) -> ErasurePlan {
    let (subjects, extent) = try found(identifiers, alone: alone)
    let known = Set(fold.state.erased.elements)
    let left = zip(subjects.names, subjects.hashes).filter { _, hash in
      erasureKey.map { !known.contains($0.hash(hash)) } ?? true
    }
    return ErasurePlan(
      identifiers: left.map(\.0), persons: subjects.persons, extent: extent)
  }

  /// Whom an erasure is about, and how much of the log it takes.
  ///
  /// The snapshot is released before anything else happens: the receipt waits for every one that is held.
  private func found(
    _ identifiers: [Identifier], alone: Bool
  ) throws(StoreError) -> (ErasureSubjects, ErasureExtent) {
    let snapshot = try snapshot()
    var manifest = try SubjectManifest(of: identifiers, alone: alone, in: snapshot)
    let extent = try manifest.extent(of: snapshot.log, through: snapshot.lastSequence)
    return (manifest.subjects, extent)
  }

  /// How many identifiers no event has had, those of erased persons not counted.
  ///
  /// - Throws: `.noSuchRecord` for a type that there is not.
  public func countOfNeverSeen(_ identifiers: [Identifier]) throws(StoreError) -> Int {
    let snapshot = try snapshot()
    let erased = Set(fold.state.erased.elements)
    var count = 0
    for identifier in identifiers where identifier.type != "profile_id" {
      guard try snapshot.ordinal(of: identifier) == nil else { continue }
      let (type, value) = try snapshot.normalised(identifier)
      let hash = EventHash.identifier(type, value.span.bytes, seed: snapshot.seed)
      guard let erasureKey, erased.contains(erasureKey.hash(hash)) else {
        count += 1
        continue
      }
    }
    return count
  }

  /// Erases persons; see the call of the same name without `delivering`, which is what others use.
  ///
  /// - Parameter delivering: Delivers pending changes to destinations; it is called once nothing
  ///   else can refuse the erasure, and its errors refuse it.
  @discardableResult
  package func erase(
    _ identifiers: [Identifier], alone: Bool,
    delivering deliverAll: (Store) throws(StoreError) -> Void,
    onProgress: @escaping (ErasureProgress) -> Void
  ) throws(StoreError) -> ErasureReceipt? {
    if failure != nil { try makeReady() }
    // Before the log reserves anything, so that the error names what the whole run needs.
    try requireSpaceToErase(recordBytes: 16 * Int(fold.state.scalars.profileCount))
    try makeReady()
    guard running == nil else {
      throw StoreError(
        .outOfOrder, "definitions are being applied; wait until they are published, or cancel them")
    }
    let (subjects, extent) = try found(identifiers, alone: alone)
    let record = try erasure(of: subjects, extent)
    if record.hashes.isEmpty, try isNothingLeft() { return nil }
    try deliverAll(self)
    _ = try refold(.erasure(record), at: record.appliedAt) { onProgress(.folding($0)) }
    guard let receipt = try finishErasureOrClose(onProgress) else {
      throw StoreError(.corrupt, "the record of the erasure is not in the state")
    }
    return receipt
  }

  /// The most identifiers that can be erased in a store: the manifest names them all.
  private static let erasedMax = 2_000_000

  /// The record of an erasure; makes the key if there is none.
  private func erasure(
    of subjects: ErasureSubjects, _ extent: ErasureExtent
  ) throws(StoreError) -> ErasureRecord {
    if erasureKey == nil {
      guard fold.state.erased.elements.isEmpty else { throw ErasureKey.damaged }
      erasureKey = try ErasureKey.make(in: directory, random: options.environment.randomBytes)
    }
    guard let key = erasureKey else { throw ErasureKey.damaged }
    let known = Set(fold.state.erased.elements)
    let record = ErasureRecord(
      appliedAt: options.environment.now(), persons: UInt32(clamping: subjects.persons),
      check: key.check, hashes: subjects.hashes.map(key.hash).filter { !known.contains($0) },
      extent: extent)
    guard known.count + record.hashes.count <= Self.erasedMax else {
      throw StoreError(
        .tooLarge,
        "more than \(Self.erasedMax) identifiers would have been erased, which is the limit of a store; "
          + "create a new one from the events of the others")
    }
    return record
  }
}

extension Store {
  /// The name of the file with the key of erased identifiers, in a store with erasures.
  public static let erasureKeyFile = ErasureKey.fileName
}

extension Snapshot {
  /// The receipts of the erasures that are done, oldest first.
  public var erasures: [ErasureReceipt] { scalars.erasures.compactMap(\.receipt) }
}
