// What the derived state takes on disk, by table.

import Profiles
import Storage

/// The files of one derived table, or of the timer queue.
public struct DerivedSize: Sendable, Equatable {
  /// The table, in words.
  public var name: String
  /// The number of its files.
  public var files: Int
  /// Entries in its runs, those that newer runs replace counted too; of a table of rows the greatest ordinal and 1.
  public var entries: UInt64
  /// The size of its files in bytes.
  public var bytes: UInt64
}

extension Snapshot {
  /// The sizes of all tables that have files as of the last checkpoint, the largest first.
  public var derivedSizes: [DerivedSize] {
    var sizes: [String: DerivedSize] = [:]
    func add(_ name: String, _ entry: RunEntry, isRows: Bool) {
      var size = sizes[name] ?? DerivedSize(name: name, files: 0, entries: 0, bytes: 0)
      size.files += 1
      size.entries = isRows ? max(size.entries, entry.entryCount) : size.entries + entry.entryCount
      size.bytes += entry.byteCount
      sizes[name] = size
    }
    let manifest = origin.manifest
    for entry in manifest.tableRuns {
      if let table = ProfileTable(rawValue: entry.table) {
        add(Self.words(of: "\(table)"), entry, isRows: table.isRows)
      } else if let table = SharedTable(rawValue: entry.table) {
        add(Self.words(of: "\(table)"), entry, isRows: table == .memberships)
      } else {
        add("table \(entry.table)", entry, isRows: false)
      }
    }
    for entry in manifest.timerRuns { add("timers", entry, isRows: false) }
    return sizes.values.sorted { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.name < $1.name }
  }

  /// The name of a case as words: `homeEvents` is "home events".
  private static func words(of name: String) -> String {
    var words = ""
    var wasUpper = false
    for letter in name {
      if letter.isUppercase, !wasUpper { words.append(" ") }
      wasUpper = letter.isUppercase
      words.append(contentsOf: letter.lowercased())
    }
    return words
  }
}
