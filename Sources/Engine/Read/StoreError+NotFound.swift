// The error for a name that the store does not have, with those it has.

import Profiles
import Storage

extension StoreError {
  /// How many names an error lists.
  private static let namesMax = 10

  /// The error for a name that is not there.
  ///
  /// - Parameters:
  ///   - kind: What was looked for, in the singular: `audience`.
  ///   - names: Those that are there. They are chosen by the store's operator, as `name` is.
  ///   - remedy: What to do if there are none.
  package static func notFound(
    _ kind: String, _ name: String, among names: [String], ifNone remedy: String
  ) -> StoreError {
    guard !names.isEmpty else {
      return StoreError(.noSuchRecord, "the store has no \(kind)s; \(remedy)")
    }
    var text = "there is no \(kind) '\(name)'; "
    if let near = NearName.of(name, among: names) { text += "did you mean '\(near)'? " }
    text += "the store has: " + names.prefix(namesMax).joined(separator: ", ")
    if names.count > namesMax { text += " and \(names.count - namesMax) more" }
    return StoreError(.noSuchRecord, text)
  }
}
