// What an export reads of the records while they pass.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// What the events that have passed say together.
struct SubjectReading {
  let sources: [SourceID: String]
  let consent: ConsentReading
  var found = FoundIdentifiers()
  /// By person.
  var traits: [ProfileOrdinal: KnownTraitReader] = [:]
}
