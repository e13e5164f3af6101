// Exports: complete lists, streamed in bounded memory, in formats that other tools read.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Roaring
import Storage

/// What can be exported.
public enum ExportSubject: Sendable, Equatable {
  /// One row per person: id, times, event count, identifiers, traits (as `traits.NAME`, so that no
  /// trait's name can be that of another column), audiences.
  case profiles
  /// One row per account: the same, with the traits and audiences of accounts.
  case accounts
  /// One row an identifier: type, value, profile id.
  case identifiers
  /// One row per event, in log order.
  case events
  /// One row per member of the named audience who permits each of some consent categories now.
  case audience(String, consents: [String] = [])
}

/// The formats of an export.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// RFC 4180 with a header row.
  case csv
  /// One JSON object per line.
  case ndjson
}

extension Snapshot {
  /// Streams an export.
  ///
  /// - Parameters:
  ///   - instant: The instant to answer for, `logicalNow` or later, for an audience also an earlier one;
  ///     nil for `asOf`. Identifiers and events are those of the snapshot.
  ///   - keepsFormulas: Whether CSV text that a spreadsheet would evaluate as a formula is left as it is
  ///     rather than prefixed with an apostrophe. NDJSON is never changed.
  ///   - sink: Receives the bytes in pieces of about 64 KiB.
  /// - Returns: The number of rows.
  public func export(
    _ subject: ExportSubject, as format: ExportFormat, at instant: Timestamp? = nil,
    keepsFormulas: Bool = false, sink: ([UInt8]) throws(StoreError) -> Void
  ) throws(StoreError) -> Int {
    var rows = 0
    var output = RowWriter(format: format, keepsFormulas: keepsFormulas)
    output.header(try columns(of: subject))
    // Takes the writer as a parameter: it is being changed by the caller.
    func emit(_ output: inout RowWriter) throws(StoreError) {
      rows += 1
      guard output.bytes.count >= 64 * 1024 else { return }
      try sink(output.bytes)
      output.flush()
    }
    switch subject {
    case .profiles, .accounts:
      let kind = subject == .accounts ? EntityKind.account : .person
      for ordinal in 0..<profiles.profileCount {
        let profile = ProfileOrdinal(ordinal)
        if try profileRow(profile, of: kind, at: instant, to: &output) { try emit(&output) }
      }
    case .identifiers:
      for ordinal in 0..<profiles.identifierCount {
        try identifierRow(IdentifierOrdinal(ordinal), to: &output)
        try emit(&output)
      }
    case .events:
      try visitEventRows { (cells) throws(StoreError) in
        output.row(cells)
        try emit(&output)
      }
    case .audience(let name, let consents):
      let permitted = try permitted(consents, of: name, at: instant)
      try visitMembers(of: name, asOf: instant ?? asOf) { (member) throws(StoreError) in
        if let permitted {
          guard let profile = try profiles.profile(id: member.id), permitted.contains(profile.value)
          else { return }
        }
        output.row([
          .text(member.id.description), .text(member.since.description),
          .text(member.cause.name), .identifiers(member.identifiers),
        ])
        try emit(&output)
      }
    }
    if !output.bytes.isEmpty { try sink(output.bytes) }
    return rows
  }

  /// The persons who permit all of some categories at an instant, or now if that is past; nil if none is asked for.
  private func permitted(
    _ categories: [String], of audience: String, at instant: Timestamp?
  ) throws(StoreError) -> Bitmap? {
    guard let first = categories.first else { return nil }
    try requirePersons(audience)
    // Consent is asked for at the moment of the export, also of the members of the past.
    let now = max(instant ?? asOf, logicalNow)
    return try members(of: try consentAudience(first), at: now)
      .permitting(Array(categories.dropFirst()), in: self, at: now)
  }

  private func columns(of subject: ExportSubject) throws(StoreError) -> [String] {
    switch subject {
    case .profiles: profileColumns(of: .person)
    case .accounts: profileColumns(of: .account)
    case .identifiers: ["type", "value", "profile_id"]
    case .events: ["sequence", "time", "received_at", "source", "event"]
    case .audience: ["profile_id", "since", "cause", "identifiers"]
    }
  }

  private func profileColumns(of kind: EntityKind) -> [String] {
    ["profile_id", "first_seen", "last_seen"]
      + [kind == .account ? "member_count" : "event_count", "identifiers"]
      + plan.traits.filter { $0.entity == kind }.map { "traits.\($0.name)" } + ["audiences"]
  }

  /// Appends the row of a profile.
  ///
  /// - Returns: Whether there is one: not for one that was absorbed or is of another kind.
  private func profileRow(
    _ profile: ProfileOrdinal, of kind: EntityKind, at instant: Timestamp?,
    to output: inout RowWriter
  ) throws(StoreError) -> Bool {
    let isOne = try profiles.profileRow(profile) { (row) throws(DecodeError) in
      row.kind == kind && row.mergedInto == nil
    }
    guard isOne else { return false }
    var report = try report(profile, at: instant, includesLinks: false)
    let count =
      kind == .account
      ? UInt64(try addMembers(ofAccount: profile, to: &report)) : report.eventCount
    var cells: [RowWriter.Value] = [
      .text(report.id.description), .optional(report.firstSeen?.description),
      .optional(report.lastSeen?.description), .number(String(count)),
      .identifiers(report.identifiers.map(\.identifier)),
    ]
    cells += report.traits.map { .trait($0.value) }
    cells.append(.list(report.audiences.map(\.audience)))
    output.row(cells)
    return true
  }

  private func identifierRow(
    _ ordinal: IdentifierOrdinal, to output: inout RowWriter
  ) throws(StoreError) {
    let identifier = try identifier(ordinal)
    let profile = try profiles.presentProfile(of: ordinal)
    let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
    output.row([.text(identifier.type), .text(identifier.value), .text(id.description)])
  }

  private func visitEventRows(
    _ body: ([RowWriter.Value]) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard lastSequence.value > 0 else { return }
    let sources = Dictionary(
      scalars.sources.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      guard record.kind == RecordKind.event.rawValue else { return }
      let time: Timestamp
      do throws(DecodeError) {
        time = try EventView(record.payload).clock(receivedAt: record.receivedAt).time
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      try body([
        .number(String(record.sequence.value)), .text(time.description),
        .text(record.receivedAt.description), .text(sources[record.source] ?? ""),
        .json(try json(ofEvent: record)),
      ])
    }
  }
}
