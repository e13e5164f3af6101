// One row to the line of JSON that it stands for; from there on it is an event like any other.

import Bytes

/// A column that a mapping names and a table does not have, or a header that cannot be read.
public struct CSVHeaderProblem: Error, Equatable, Sendable {
  /// What is wrong with the column.
  public enum Reason: Equatable, Sendable {
    /// The table does not have it.
    case missing
    /// The table has it twice.
    case twice
    /// A quote of its name is not closed, or the header is too long.
    case unreadable
  }

  /// The name, or the number, of the column.
  public var column: String
  /// What is wrong with it.
  public var reason: Reason
}

/// A cell that is not what its mapping says.
struct CSVCellProblem: Error {
  /// The number of its column, from 1.
  var column: Int
  /// What it should be.
  var expectation: StaticString
}

/// Writes rows as JSON.
struct CSVRowWriter {
  private enum Content {
    case members([Member])
    case cell(Int, CSVMapping.Kind)
    case constant([UInt8])
  }

  private struct Member {
    var name: String
    /// `"name":`.
    var key: [UInt8]
    var content: Content
  }

  private var members: [Member] = []
  private let empty: CSVMapping.Empty
  /// The number of cells that every row must have; 0 before the first row of a table without header.
  private(set) var columnCount: Int
  /// The names of the columns, for problems.
  let names: [String]

  /// Binds a mapping to the columns of a table.
  ///
  /// - Parameter header: The names; empty for a table without header.
  init(_ mapping: CSVMapping, header: [String]) throws(CSVHeaderProblem) {
    empty = mapping.empty
    names = header
    columnCount = header.count
    for target in mapping.targets {
      let content: Content
      switch target.source {
      case .constant(let json):
        content = .constant(json)
      case .number(let number):
        guard header.isEmpty || number <= header.count else {
          throw CSVHeaderProblem(column: String(number), reason: .missing)
        }
        content = .cell(number - 1, target.kind)
      case .column(let name):
        let places = header.indices.filter { header[$0] == name }
        guard let place = places.first, places.count == 1 else {
          throw CSVHeaderProblem(column: name, reason: places.isEmpty ? .missing : .twice)
        }
        content = .cell(place, target.kind)
      }
      Self.add(content, at: target.path[...], to: &members)
    }
  }

  private static func add(
    _ content: Content, at path: ArraySlice<String>, to members: inout [Member]
  ) {
    guard let name = path.first else { return }
    let rest = path.dropFirst()
    if let index = members.firstIndex(where: { $0.name == name }) {
      guard case .members(var inner) = members[index].content else { return }
      add(content, at: rest, to: &inner)
      members[index].content = .members(inner)
      return
    }
    var key: [UInt8] = []
    let bytes = Array(name.utf8)
    put(bytes.span.bytes, to: &key)
    key.append(UInt8(ascii: ":"))
    guard !rest.isEmpty else {
      members.append(Member(name: name, key: key, content: content))
      return
    }
    var inner: [Member] = []
    add(content, at: rest, to: &inner)
    members.append(Member(name: name, key: key, content: .members(inner)))
  }

  /// Writes one row.
  ///
  /// - Parameters:
  ///   - text: The cells back to back.
  ///   - cells: Where each is.
  mutating func write(
    _ text: RawSpan, _ cells: [Range<Int>], to json: inout [UInt8]
  ) throws(CSVCellProblem) {
    if columnCount == 0 { columnCount = cells.count }
    json.append(UInt8(ascii: "{"))
    _ = try write(members, text, cells, to: &json)
    json.append(UInt8(ascii: "}"))
  }

  private func write(
    _ members: [Member], _ text: RawSpan, _ cells: [Range<Int>], to json: inout [UInt8]
  ) throws(CSVCellProblem) -> Bool {
    var hasMembers = false
    for member in members {
      let start = json.count
      if hasMembers { json.append(UInt8(ascii: ",")) }
      json.append(contentsOf: member.key)
      let isThere: Bool
      switch member.content {
      case .members(let inner):
        json.append(UInt8(ascii: "{"))
        isThere = try write(inner, text, cells, to: &json)
        json.append(UInt8(ascii: "}"))
      case .constant(let value):
        json.append(contentsOf: value)
        isThere = true
      case .cell(let column, let kind):
        guard column < cells.count else {
          throw CSVCellProblem(
            column: column + 1, expectation: "there is no such column in the row")
        }
        isThere = try write(text.extracting(cells[column]), kind, column + 1, to: &json)
      }
      if isThere { hasMembers = true } else { json.removeLast(json.count - start) }
    }
    return hasMembers
  }

  private func write(
    _ cell: RawSpan, _ kind: CSVMapping.Kind, _ column: Int, to json: inout [UInt8]
  ) throws(CSVCellProblem) -> Bool {
    let content = cell.extracting(IdentifierText.trimmed(cell))
    if content.byteCount == 0 {
      switch empty {
      case .absent: return false
      case .null:
        json.append(contentsOf: "null".utf8)
        return true
      case .text:
        guard kind == .text else { return false }
      }
    }
    try put(kind == .text ? cell : content, kind, column, to: &json)
    return true
  }

  private func put(
    _ cell: RawSpan, _ kind: CSVMapping.Kind, _ column: Int, to json: inout [UInt8]
  ) throws(CSVCellProblem) {
    switch kind {
    case .text:
      Self.put(cell, to: &json)
    case .number(let point):
      guard CSVNumber(point: point).write(cell, to: &json) else {
        throw CSVCellProblem(column: column, expectation: "not a number")
      }
    case .boolean:
      guard let truth = Self.truth(cell) else {
        throw CSVCellProblem(column: column, expectation: "not true or false")
      }
      json.append(contentsOf: (truth ? "true" : "false").utf8)
    case .date(let date):
      guard let instant = date.read(cell) else {
        throw CSVCellProblem(column: column, expectation: "not a date of the given format")
      }
      json.append(UInt8(ascii: "\""))
      instant.write(to: &json)
      json.append(UInt8(ascii: "\""))
    case .list(let separator, let kind):
      try putList(cell, separator, kind, column, to: &json)
    case .json:
      // Anything after the value, or a bracket that closes none, would be about the event itself.
      guard JSONText.isOneValue(cell) else {
        throw CSVCellProblem(column: column, expectation: "not one JSON value")
      }
      // Line feeds stand between tokens only, where any blank does; a line has none.
      for index in 0..<cell.byteCount {
        let byte = cell[index]
        json.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
      }
    }
  }

  private func putList(
    _ cell: RawSpan, _ separator: UInt8, _ kind: CSVMapping.Kind, _ column: Int,
    to json: inout [UInt8]
  ) throws(CSVCellProblem) {
    json.append(UInt8(ascii: "["))
    var start = 0
    while start <= cell.byteCount {
      let end = ByteSearch.first(separator, in: cell, from: start, to: cell.byteCount)
      let part = cell.extracting(start..<(end ?? cell.byteCount))
      if start > 0 { json.append(UInt8(ascii: ",")) }
      try put(part.extracting(IdentifierText.trimmed(part)), kind, column, to: &json)
      start = (end ?? cell.byteCount) + 1
    }
    json.append(UInt8(ascii: "]"))
  }

  private static func truth(_ text: RawSpan) -> Bool? {
    guard text.byteCount <= 5 else { return nil }
    var lower: [UInt8] = []
    IdentifierText.appendLowered(text, to: &lower)
    return switch String(decoding: lower, as: UTF8.self) {
    case "true", "yes", "y", "1": true
    case "false", "no", "n", "0": false
    default: nil
    }
  }

  private static func put(_ text: RawSpan, to json: inout [UInt8]) {
    var writer = ByteWriter(capacity: text.byteCount + 2)
    writer.jsonString(text)
    json.append(contentsOf: writer.bytes)
  }
}
