// What `cairn --version` says: enough to know which stores the program opens and which source it is.

import CProcess
import Storage

/// The version of the program.
enum ProgramVersion {
  /// The version by the rules of semantic versioning.
  static let number = "0.1.0-dev"

  /// The commit the program was built from; nil for a build that was not made with tools/release.
  static var commit: String? { cairn_commit().map { String(cString: $0) } }

  /// The version, the commit, and the versions of what is stored.
  static var text: String {
    "cairn \(number) (\(commit.map { "commit \($0)" } ?? "unknown commit"), "
      + "format \(Manifest.formatVersion), semantics \(Manifest.currentSemantics))"
  }
}
