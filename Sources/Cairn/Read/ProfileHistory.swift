// The events of one person or account, read once for everything that a page shows.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// The data in the events of a profile.
struct ProfileHistory {
  /// The maximum number of events that are read, newest first; omitting older ones is reported.
  static let eventsMax = 200_000

  /// The profile's own events among those read, newest first.
  var own: [EventAddress] = []
  /// The traits that they set.
  var knownTraits: [KnownTrait] = []
  /// Whether there are older events that were not read.
  var isPartial = false
}

extension Snapshot {
  /// Reads the events of a profile; of an account, those that count for it.
  ///
  /// - Complexity: O(n log n) for n events of the profile or of the account's members, and the decoding of each block
  ///   of the log that has one.
  func history(of subject: ProfileSubject) throws(StoreError) -> ProfileHistory {
    var addresses = try self.addresses(of: subject)
    addresses.sort { $0.isNewer(than: $1) }
    var history = ProfileHistory()
    history.isPartial = addresses.count > ProfileHistory.eventsMax
    addresses = Array(addresses.prefix(ProfileHistory.eventsMax))
    let account = subject.kind == .account ? try accountValue(of: subject) : nil
    var reader = KnownTraitReader(account == nil ? .identify : .group)
    var found = FoundIdentifiers()
    let cursor = LogCursor()
    // In log order, so that neighbours share a decoded block.
    for address in addresses.sorted(by: { $0.sequence < $1.sequence }) {
      try log.withRecord(at: address.sequence, cursor) { (record) throws(StoreError) in
        do throws(DecodeError) {
          let event = try EventView(record.payload)
          if let account, try !counts(event, forAccount: account, &found) { return }
          history.own.append(address)
          try reader.read(event, at: address, from: record.source, names: names)
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
    }
    history.own.sort { $0.isNewer(than: $1) }
    history.knownTraits = reader.traits(sources: sourceNames)
    return history
  }

  /// Whether an event names an account.
  func counts(
    _ event: borrowing EventView, forAccount account: [UInt8], _ found: inout FoundIdentifiers
  ) throws(DecodeError) -> Bool {
    try identifierReader.read(event, into: &found)
    guard let named = found.account else { return false }
    return found.value(of: named).elementsEqual(account.span.bytes)
  }

  /// Where the events of a profile are; of an account, also those of its members from the time in which they were
  /// members.
  func addresses(of subject: ProfileSubject) throws(StoreError) -> [EventAddress] {
    var addresses: [EventAddress] = []
    for home in subject.homes {
      try profiles.visitEvents(ofHome: home) { addresses.append($0) }
    }
    guard subject.kind == .account else { return addresses }
    for home in try profiles.memberHomes(ofAccount: subject.profile) {
      guard let times = try profiles.times(of: home, in: subject.profile) else { continue }
      try profiles.visitEvents(ofHome: home) {
        if times.contains($0.time) { addresses.append($0) }
      }
    }
    return addresses
  }

  func accountValue(of subject: ProfileSubject) throws(StoreError) -> [UInt8] {
    guard let home = subject.homes.first else { return [] }
    return try profiles.identifierRow(home) { (row) throws(DecodeError) in row.value.toArray() }
  }

  /// The names of the sources, by number.
  var sourceNames: [SourceID: String] {
    Dictionary(scalars.sources.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
  }
}
