// Splits and merges by hand, folded: both sides are judged at once, so that entries and exits follow.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension Fold {
  /// Folds a correction; `begin` came before.
  ///
  /// What its identifiers mean is looked up by value, so that it holds under any rules; one that was
  /// never seen changes nothing.
  ///
  /// - Complexity: O(identifiers of the profiles concerned) look-ups.
  func fold(
    _ correction: IdentityCorrection, at sequence: SequenceNumber
  ) throws(StoreError) {
    var ordinals: [IdentifierOrdinal] = []
    for named in correction.identifiers {
      let value = named.value.span.bytes
      let hash = EventHash.identifier(named.type, value, seed: seed)
      guard let ordinal = try state.profiles.identifierOrdinal(hash) else { continue }
      _ = try state.profiles.profile(
        ofIdentifier: ordinal, type: named.type.rawValue, value: value)
      if !ordinals.contains(ordinal) { ordinals.append(ordinal) }
    }
    switch correction.action {
    case .split: try split(ordinals, at: sequence)
    case .merge: try merge(ordinals, at: sequence)
    }
  }

  private func split(
    _ leaving: [IdentifierOrdinal], at sequence: SequenceNumber
  ) throws(StoreError) {
    var byProfile: [ProfileOrdinal: Set<IdentifierOrdinal>] = [:]
    for ordinal in leaving {
      byProfile[try presentProfile(of: ordinal), default: []].insert(ordinal)
    }
    let occasion = AudienceFold.Occasion(
      sequence: sequence, now: state.scalars.logicalNow, cause: .split)
    for (index, profile) in byProfile.keys.sorted().enumerated() {
      let part = byProfile[profile] ?? []
      guard part.count < (try state.profiles.identifiers(of: profile)).count else { continue }
      let other = try graph.split(part, from: profile, at: sequence, index: UInt32(index)) {
        decisions.append($0)
      }
      try judge([profile, other].sorted(), on: occasion)
    }
  }

  private func merge(
    _ joined: [IdentifierOrdinal], at sequence: SequenceNumber
  ) throws(StoreError) {
    guard let first = joined.first else { return }
    let now = state.scalars.logicalNow
    let occasion = AudienceFold.Occasion(sequence: sequence, now: now, cause: .merge)
    let address = EventAddress(sequence: sequence, time: now)
    for other in joined.dropFirst() {
      let result = try graph.join(first, other, at: address) { decisions.append($0) }
      guard let result else { continue }
      try audiences.absorb(result.absorbed, into: result.survivor, on: occasion) { record($0) }
    }
    try judge([try presentProfile(of: first)], on: occasion)
  }

  /// Judges every audience for persons and for the accounts that they are members of.
  private func judge(
    _ persons: [ProfileOrdinal], on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    var homes: [IdentifierOrdinal] = []
    for person in persons {
      try evaluate(plan.audiences(of: .person), person, on: occasion)
      homes += try state.profiles.identifiers(of: person)
    }
    guard !plan.audiences(of: .account).isEmpty else { return }
    for account in try state.profiles.accounts(ofHomes: homes) {
      try evaluate(plan.audiences(of: .account), account, on: occasion)
    }
  }

  private func presentProfile(
    of identifier: IdentifierOrdinal
  ) throws(StoreError) -> ProfileOrdinal {
    let profile = try state.profiles.identifierRow(identifier) { (row) throws(DecodeError) in
      row.profile
    }
    return try state.profiles.survivor(of: profile)
  }
}
