// An export of what is known about persons, read back.

import Bytes
import Foundation
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

/// The rows of an export, as JSON objects.
struct SubjectRowsRead {
  private(set) var rows: [SubjectFile: [[String: Any]]] = [:]
  private(set) var bytes: [UInt8] = []
  let identifiers: Set<String>
  let isEmpty: Bool

  init(_ names: [String], in store: Store) throws {
    var lines: [(SubjectFile, [UInt8])] = []
    var rows = SubjectRows { lines.append(($0, $1)) }
    let named = try names.map { try #require(Identifier($0)) }
    var export = try SubjectExport(of: named, in: try store.snapshot())
    try export.write(to: &rows)
    identifiers = Set(export.identifiers.map(\.description))
    isEmpty = export.isEmpty
    for (file, line) in lines {
      let row = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
      self.rows[file, default: []].append(try #require(row))
      bytes += line
    }
  }

  /// The records of the log that some files are of.
  func records(_ files: SubjectFile...) -> Set<Int> {
    Set(files.flatMap { rows[$0, default: []] }.compactMap { $0["record"] as? Int })
  }

  subscript(_ file: SubjectFile) -> [[String: Any]] { rows[file, default: []] }
}
