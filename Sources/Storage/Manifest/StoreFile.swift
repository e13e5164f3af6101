// The names of the files in a store's directory. A name that is not one of these is not ours: it is
// never opened, and never removed.

/// The files of a store.
package enum StoreFile: Hashable, Sendable {
  case logSegment(UInt64)
  case tableRun(UInt64)
  case timerRun(UInt64)

  /// The file whose lock is held for the life of a handle.
  package static let lock = "LOCK"
  /// The list of live files.
  package static let manifest = "MANIFEST"
  /// The next manifest, until it is renamed.
  package static let manifestTemporary = "MANIFEST.tmp"
  /// How the names begin of files that hold what does not fit into a reader's memory, if they have one.
  static let scratch = "scratch-"

  /// The name of a log segment.
  package static func segment(_ number: UInt64) -> String { "log-\(number).seg" }
  /// The name of a table's run.
  package static func table(_ number: UInt64) -> String { "table-\(number).run" }
  /// The name of a run of the timer queue.
  package static func timers(_ number: UInt64) -> String { "timers-\(number).run" }

  /// Reads a file name; nil if no store would use it.
  package init?(name: String) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let rest = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard rest.count == 2, rest[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt64(rest[0]), String(number) == rest[0]
    else { return nil }
    switch (parts[0], rest[1]) {
    case ("log", "seg"): self = .logSegment(number)
    case ("table", "run"): self = .tableRun(number)
    case ("timers", "run"): self = .timerRun(number)
    default: return nil
    }
  }

  /// The file's name.
  package var name: String {
    switch self {
    case .logSegment(let number): Self.segment(number)
    case .tableRun(let number): Self.table(number)
    case .timerRun(let number): Self.timers(number)
    }
  }

  /// The number in the name.
  package var number: UInt64 {
    switch self {
    case .logSegment(let number), .tableRun(let number), .timerRun(let number): number
    }
  }
}
