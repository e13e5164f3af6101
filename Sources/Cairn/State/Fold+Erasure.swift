// Who has been erased counts for nothing, whether or not their records have left the log yet: so a fold comes
// to the same state before, during and after that.

import Bytes
import Events
import Profiles
import Storage

extension Fold {
  /// Whether an event names somebody who has been erased.
  ///
  /// Complexity: One look-up an identifier; nothing while nobody has been erased.
  func isErased(_ identifiers: borrowing IncomingIdentifiers) throws(StoreError) -> Bool {
    guard let erased else { return false }
    return try identifiers.contains { (hash) throws(StoreError) in try isErased(hash, erased) }
  }

  /// Whether an event of the log, by the identifiers found in it, names somebody who has been erased.
  func isErased(_ found: borrowing FoundIdentifiers) throws(StoreError) -> Bool {
    guard let erased else { return false }
    for entry in found.entries {
      let hash = EventHash.identifier(entry.type, found.value(of: entry), seed: seed)
      if try isErased(hash, erased) { return true }
    }
    return false
  }

  /// Whether an event of the log names somebody who has been erased.
  func isErased(_ event: borrowing EventView) throws(StoreError) -> Bool {
    guard erased != nil else { return false }
    var found = FoundIdentifiers()
    do throws(DecodeError) { try identifierReader.read(event, into: &found) } catch {
      throw StoreError(error, in: "an event of the log")
    }
    return try isErased(found)
  }

  /// Whether a line that was not understood holds an identifier that has been erased, as a text.
  ///
  /// Complexity: O(pieces of the line) keyed hashes.
  func isErased(line: RawSpan) throws(StoreError) -> Bool {
    guard let erased else { return false }
    var isFound = false
    let rules = rules.identifiers
    LinePieces.visit(line) { piece in
      guard !isFound else { return }
      for entry in rules.entries {
        guard let value = rules.normalised(piece, as: entry.type) else { continue }
        let hash = EventHash.identifier(entry.type, value.span.bytes, seed: seed)
        if erased.contains(hash) { isFound = true }
      }
    }
    return isFound
  }

  /// A correction without the identifiers that have been erased; nil if it names none of them.
  func withoutErased(_ correction: IdentityCorrection) -> IdentityCorrection? {
    guard let erased else { return nil }
    var rest = correction
    let isErased = { [seed] (named: IdentityCorrection.Named) in
      erased.contains(EventHash.identifier(named.type, named.value.span.bytes, seed: seed))
    }
    rest.identifiers.removeAll(where: isErased)
    rest.staying.removeAll(where: isErased)
    return rest == correction ? nil : rest
  }

  /// Nothing in the state is of anybody erased, so what the state knows need not be hashed again.
  private func isErased(
    _ identifier: Hash128, _ erased: ErasedIdentifiers
  ) throws(StoreError) -> Bool {
    guard try state.profiles.identifierOrdinal(identifier) == nil else { return false }
    return erased.contains(identifier)
  }
}
