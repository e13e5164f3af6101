// The rows of an export of what is known about persons: one JSON object per line, each in one of its files.

import Engine
import Storage

/// Writes rows one after another.
public struct SubjectRows {
  private let sink: (SubjectFile, [UInt8]) throws(StoreError) -> Void
  private var json = JSONBuilder()

  /// - Parameter sink: Receives each row with its line break.
  public init(_ sink: @escaping (SubjectFile, [UInt8]) throws(StoreError) -> Void) {
    self.sink = sink
  }

  /// Writes a row, with the members that `body` adds.
  package mutating func add(
    to file: SubjectFile, _ body: (inout JSONBuilder) throws(StoreError) -> Void
  ) throws(StoreError) {
    json.removeAll()
    json.beginObject()
    try body(&json)
    json.endObject()
    try sink(file, json.take() + [0x0A])
  }
}
