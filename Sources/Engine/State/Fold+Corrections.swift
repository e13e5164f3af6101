// Manual splits and merges, folded: both sides are judged at once, so that entries and exits follow.

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
  /// - Complexity: O(identifiers of the profiles concerned) lookups.
  func apply(
    _ correction: IdentityCorrection, at sequence: SequenceNumber
  ) throws(StoreError) {
    let named = try known(correction.identifiers)
    switch correction.action {
    case .split: try split(named, from: try known(correction.staying), at: sequence)
    case .merge: try merge(named, at: sequence)
    }
  }

  /// The ordinals of identifiers given by value, as far as they were ever seen, each once.
  ///
  /// A value that was recorded when identifiers were normalised in another way is looked for as it is
  /// normalised now.
  private func known(
    _ identifiers: [IdentityCorrection.Named]
  ) throws(StoreError) -> [IdentifierOrdinal] {
    var ordinals: [IdentifierOrdinal] = []
    for named in identifiers {
      var ordinal = try known(named.type, named.value)
      if ordinal == nil,
        let value = rules.identifiers.normalised(named.value.span.bytes, as: named.type)
      {
        ordinal = try known(named.type, value)
      }
      guard let ordinal else { continue }
      if !ordinals.contains(ordinal) { ordinals.append(ordinal) }
    }
    return ordinals
  }

  private func known(
    _ type: IdentifierType, _ value: [UInt8]
  ) throws(StoreError) -> IdentifierOrdinal? {
    let hash = EventHash.identifier(type, value.span.bytes, seed: seed)
    guard let ordinal = try state.profiles.identifierOrdinal(hash) else { return nil }
    _ = try state.profiles.profile(
      ofIdentifier: ordinal, type: type.rawValue, value: value.span.bytes)
    return ordinal
  }

  private func split(
    _ leaving: [IdentifierOrdinal], from staying: [IdentifierOrdinal], at sequence: SequenceNumber
  ) throws(StoreError) {
    var byProfile: [ProfileOrdinal: Set<IdentifierOrdinal>] = [:]
    for ordinal in leaving {
      byProfile[try state.profiles.presentProfile(of: ordinal), default: []].insert(ordinal)
    }
    let occasion = AudienceFold.Occasion(
      sequence: sequence, now: state.scalars.logicalNow, cause: .split)
    for (index, profile) in byProfile.keys.sorted().enumerated() {
      let part = byProfile[profile] ?? []
      guard part.count < (try state.profiles.identifiers(of: profile)).count else { continue }
      let other = try graph.split(part, from: profile, at: sequence, index: UInt32(index)) {
        decisions.append($0)
      }
      for side in [profile, other].sorted() { try evaluateAnew(side, on: occasion) }
    }
    try graph.keepApart(leaving, from: staying, by: sequence)
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
    try evaluateAnew(try state.profiles.presentProfile(of: first), on: occasion)
  }

  /// Judges every audience of a person who is another than before, those of the person's accounts, and what
  /// the other members of these ask them.
  private func evaluateAnew(
    _ person: ProfileOrdinal, on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    audiences.forget()
    try evaluate(plan.audiences(of: .person), person, on: occasion)
    let ofAccounts = plan.audiences(of: .account)
    if !ofAccounts.isEmpty {
      for account in try state.profiles.accounts(ofProfile: person) {
        try evaluate(ofAccounts, account, on: occasion)
      }
    }
    try evaluateMembers(ofAccountsOf: person, on: occasion)
  }
}
