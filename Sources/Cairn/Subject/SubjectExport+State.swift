// What is derived of persons: their profiles and identifiers, and what follows from their events now.

import Bytes
import Engine
import Profiles
import Storage

extension SubjectExport {
  /// Writes the profiles, and those that were merged into them.
  func writeProfiles(to rows: inout SubjectRows) throws(StoreError) {
    let own = Set(profiles)
    guard !own.isEmpty else { return }
    for ordinal in 0..<snapshot.profiles.profileCount {
      let profile = ProfileOrdinal(ordinal)
      let (id, isMerged) = try snapshot.profiles.profileRow(profile) { (row) throws(DecodeError) in
        (row.id, row.mergedInto != nil)
      }
      if isMerged {
        let survivor = try snapshot.profiles.survivor(of: profile)
        guard own.contains(survivor) else { continue }
        let into = try snapshot.id(of: survivor)
        try rows.add(to: .profile) { json in
          json.member("row", "merged")
          json.member("profile_id", id.description)
          json.member("into", into.description)
        }
      } else if own.contains(profile) {
        try writeProfile(profile, to: &rows)
      }
    }
  }

  private func writeProfile(
    _ profile: ProfileOrdinal, to rows: inout SubjectRows
  ) throws(StoreError) {
    let report = try snapshot.report(profile, includesLinks: false)
    try rows.add(to: .profile) { json in
      json.member("row", "present")
      json.member("profile_id", report.id.description)
      json.member("first_seen", report.firstSeen)
      json.member("last_seen", report.lastSeen)
      json.member("events", report.eventCount)
    }
    for entry in report.identifiers {
      try rows.add(to: .identifiers) { json in
        json.member("profile_id", report.id.description)
        json.member("type", entry.identifier.type)
        json.member("value", entry.identifier.value)
        json.member("events", entry.eventCount)
        json.member("first_record", entry.firstSequence.value)
      }
    }
  }

  /// Writes traits, memberships, accounts and consent, as of the snapshot's instant.
  func writeState(to rows: inout SubjectRows) throws(StoreError) {
    for profile in profiles {
      let report = try snapshot.report(profile, includesLinks: false)
      let id = report.id.description
      for trait in report.traits {
        try rows.add(to: .traits) { json in
          json.member("profile_id", id)
          json.member("name", trait.name)
          json.key("value")
          json.value(trait.value)
        }
      }
      for entry in report.audiences {
        try rows.add(to: .audiences) { json in
          json.member("row", "member")
          json.member("profile_id", id)
          json.member("audience", entry.audience)
          json.member("since", entry.since)
          json.member("cause", entry.cause.name)
        }
      }
      for account in try snapshot.companions(of: profile, max: .max).companions {
        try rows.add(to: .accounts) { json in
          json.member("profile_id", id)
          json.member("account_profile_id", account.id.description)
          json.member("identifiers", arrayOf: account.identifiers) { $0.value($1.description) }
          json.member("first_seen", account.firstSeen)
          json.member("last_seen", account.lastSeen)
        }
      }
      for state in try snapshot.consents(of: profile) {
        try rows.add(to: .consent) { json in
          json.member("row", "now")
          json.member("profile_id", id)
          json.consentMembers(of: state)
        }
      }
    }
  }
}
