// Whether something is left of somebody: every byte of a store's files, and everything that is compressed or encoded
// in them.

import Bytes
import Foundation
import Storage

@testable import Cairn
@testable import Engine

extension TemporaryDirectory {
  /// How often a text stands in the store's files, as they are and with every block of the log and every table
  /// decoded.
  func occurrences(of text: String) throws -> Int { try occurrences(of: Array(text.utf8)) }

  /// As for a text.
  func occurrences(of needle: [UInt8]) throws -> Int {
    var count = 0
    try visitBytes { bytes in
      guard bytes.count >= needle.count else { return }
      for start in 0...(bytes.count - needle.count)
      where bytes[start] == needle[0] && bytes[start..<(start + needle.count)].elementsEqual(needle)
      {
        count += 1
      }
    }
    return count
  }

  /// Those of some texts that stand anywhere in the store's files, read in the same way.
  func values(among texts: Set<String>) throws -> Set<String> {
    var found: Set<String> = []
    let needles = Dictionary(grouping: texts.map { Array($0.utf8) }, by: \.count)
    let starts = Set(texts.compactMap(\.utf8.first))
    try visitBytes { bytes in
      for start in bytes.indices where starts.contains(bytes[start]) {
        for (count, needles) in needles where start + count <= bytes.count {
          let part = bytes[start..<(start + count)]
          for needle in needles where part.elementsEqual(needle) {
            found.insert(String(decoding: needle, as: UTF8.self))
          }
        }
      }
    }
    return found
  }

  /// Visits the store's files as they are, and everything that is encoded in them.
  private func visitBytes(_ search: ([UInt8]) -> Void) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: store)
    for file in files { search(Array(try Data(contentsOf: URL(filePath: store + "/" + file)))) }
    let copy = TemporaryDirectory()
    try FileManager.default.copyItem(atPath: store, toPath: copy.store)
    let opened = try Store.open(at: copy.store, options: .repeatable())
    let snapshot = try opened.snapshot()
    try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) { record in
      search(record.payload.toArray())
      search(record.decisions.toArray())
    }
    try snapshot.log.symbols { _, name in search(name.toArray()) }
    for table in opened.fold.state.tables {
      try table.forEachValue { (value) throws(StoreError) in search(value.toArray()) }
    }
    try opened.close()
  }
}
