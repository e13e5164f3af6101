// Events for tests that say exactly what they send, and short ways to ask for what came of it.

import Bytes
import Cairn
import Storage
@testable import Engine

/// A track event as a line; identifiers and properties as JSON members without braces.
func track(
  _ event: String, id: String, _ identifiers: String, at time: String? = nil,
  properties: String = ""
) -> String {
  let timestamp = time.map { #","timestamp":"\#($0)""# } ?? ""
  return #"{"type":"track","event":"\#(event)","messageId":"\#(id)",\#(identifiers)\#(timestamp),"#
    + #""properties":{\#(properties)}}"#
}

/// An identify call that ties identifiers together.
func identify(id: String, _ identifiers: String, at time: String) -> String {
  #"{"type":"identify","messageId":"\#(id)",\#(identifiers),"timestamp":"\#(time)"}"#
}

extension Store {
  /// Ingests lines and hands out each one's verdict.
  @discardableResult
  func take(
    _ lines: [String], clock: IngestClock = .events, source: String = "default", batch: Int = 1000
  ) throws -> [Verdict] {
    var options = IngestOptions()
    options.clock = clock
    options.source = source
    options.batchRecords = batch
    var verdicts: [Verdict] = []
    _ = try ingest(lines: Array((lines.joined(separator: "\n") + "\n").utf8), options: options) {
      verdicts.append($0.verdict)
    }
    return verdicts
  }

  /// The profile of an identifier written as `type:value`.
  func report(_ identifier: String, at time: String? = nil) throws -> ProfileReport? {
    let snapshot = try snapshot()
    guard let identifier = Identifier(identifier),
      let profile = try snapshot.profile(of: identifier)
    else { return nil }
    return try snapshot.report(profile, at: time.map(instant), eventsMax: 100)
  }

  /// The user ids of an audience's members.
  func users(in audience: String, at time: Timestamp? = nil) throws -> Set<String> {
    var result: Set<String> = []
    try snapshot().visitMembers(of: audience, at: time) { (member) throws(StoreError) in
      for identifier in member.identifiers where identifier.type == "user_id" {
        result.insert(identifier.value)
      }
    }
    return result
  }

  /// All recorded changes of membership.
  func changes() throws -> [RecordedMembershipChange] {
    var result: [RecordedMembershipChange] = []
    try snapshot().visitMembershipChanges { (change) throws(StoreError) in result.append(change) }
    return result
  }
}

extension ProfileReport {
  /// The value of a trait.
  func trait(_ name: String) -> TraitValue? { traits.first { $0.name == name }?.value }

  /// The names of its audiences.
  var audienceNames: [String] { audiences.map(\.audience) }
}
