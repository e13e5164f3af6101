// Mappings of tables as files: YAML in, values out. The only place that knows the file's shape.

import Bytes
import Engine
import Events
import Yams

/// Reads mapping files.
///
///     type: track
///     event: Order Completed
///     columns:
///       order_id: properties.order_id
///       total: {to: properties.revenue, type: number}
///       day: {to: timestamp, type: date, format: dd.MM.yyyy}
///     constants:
///       properties.currency: EUR
public enum MappingFile {
  /// The members of an event that may be mapped; true for those with members of their own.
  private static let roots = [
    "messageId": false, "userId": false, "anonymousId": false, "groupId": false,
    "previousId": false, "timestamp": false, "originalTimestamp": false, "sentAt": false,
    "historical": false, "name": false, "properties": true, "traits": true, "context": true,
    "integrations": true,
  ]

  /// Reads a mapping.
  ///
  /// - Throws: `DefinitionError` naming file, line and column.
  public static func read(_ yaml: String, file: String) throws(DefinitionError) -> CSVMapping {
    guard let root = try YAMLText.root(of: yaml, file: file), let sections = root.mapping else {
      throw DefinitionError(
        message: "the file must contain the keys `type` and `columns`", file: file, line: 1,
        column: 1)
    }
    var reader = MappingReader(file: file)
    for (key, value) in sections {
      switch key.string {
      case "type": try reader.readCall(value)
      case "event": try reader.readEvent(value)
      case "separator": try reader.readSeparator(value)
      case "header": try reader.readHeader(value)
      case "empty": try reader.readEmpty(value)
      case "columns": try reader.readColumns(value)
      case "constants": try reader.readConstants(value)
      default:
        throw reader.failure(
          "unknown key; a mapping has type, event, separator, header, empty, columns and constants",
          key)
      }
    }
    return try reader.finish(root)
  }

  static func path(_ text: String) -> [String]? {
    let path = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard let root = path.first, let hasMembers = roots[root],
      hasMembers ? path.count > 1 : path.count == 1, path.count <= 16,
      path.allSatisfy({ !$0.isEmpty })
    else { return nil }
    return path
  }
}

/// Gathers a mapping while its file is read.
private struct MappingReader: YAMLReading {
  let file: String
  private var mapping = CSVMapping()
  private var call: CSVMapping.Target?
  private var event: CSVMapping.Target?
  private var columns: [(target: CSVMapping.Target, node: Node)] = []

  init(file: String) { self.file = file }

  mutating func readCall(_ node: Node) throws(DefinitionError) {
    call = try member("type", node)
    if case .constant = call?.source, let name = node.scalar?.string,
      !EventType.allCases.contains(where: { "\($0.name)" == name })
    {
      throw failure("must be track, identify, page, screen, group, alias or {column: NAME}", node)
    }
  }

  mutating func readEvent(_ node: Node) throws(DefinitionError) {
    event = try member("event", node)
  }

  /// A plain text, or `{column: NAME}`.
  private func member(_ name: String, _ node: Node) throws(DefinitionError) -> CSVMapping.Target {
    if let map = node.mapping, map.count == 1, let column = map["column"]?.scalar?.string {
      return CSVMapping.Target(path: [name], source: source(column))
    }
    guard let text = node.scalar?.string else {
      throw failure("must be a text or {column: NAME}", node)
    }
    return CSVMapping.Target(path: [name], source: .constant(Self.json(text)))
  }

  mutating func readSeparator(_ node: Node) throws(DefinitionError) {
    mapping.separator = try character(node)
  }

  private func character(_ node: Node) throws(DefinitionError) -> UInt8 {
    let text = node.scalar?.string == "tab" ? "\t" : node.scalar?.string ?? ""
    guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, byte != 0x22, byte != 0x0A,
      byte != 0x0D
    else { throw failure("must be one ASCII character, or tab", node) }
    return byte
  }

  private func point(_ node: Node) throws(DefinitionError) -> UInt8 {
    let byte = try character(node)
    // A digit or a sign would change the number of every cell.
    guard !(0x30...0x39).contains(byte), !Array("-+eE \t'".utf8).contains(byte) else {
      throw failure("must be the character before the decimals, such as a comma", node)
    }
    return byte
  }

  mutating func readHeader(_ node: Node) throws(DefinitionError) {
    guard let flag = node.boolean else { throw failure("must be true or false", node) }
    mapping.hasHeader = flag
  }

  mutating func readEmpty(_ node: Node) throws(DefinitionError) {
    switch node.scalar?.string {
    case "absent": mapping.empty = .absent
    case "null": mapping.empty = .null
    case "text": mapping.empty = .text
    default: throw failure("must be absent, null or text", node)
    }
  }

  mutating func readColumns(_ node: Node) throws(DefinitionError) {
    guard let entries = node.mapping else {
      throw failure("must map each column to a member of the event", node)
    }
    for (key, value) in entries {
      guard let name = key.scalar?.string, !name.isEmpty else {
        throw failure("a column is named by a text, or by #NUMBER", key)
      }
      let target = try target(name, value)
      columns.append((target, value))
    }
  }

  /// `#3`, or `3` without a header, is the third column.
  private func source(_ name: String) -> CSVMapping.Source {
    if name.hasPrefix("#"), let number = Int(name.dropFirst()), number > 0 {
      return .number(number)
    }
    return .column(name)
  }

  private func target(_ name: String, _ node: Node) throws(DefinitionError) -> CSVMapping.Target {
    var kind = CSVMapping.Kind.text
    let place: Node
    if let map = node.mapping {
      guard let to = map["to"] else { throw failure("must have the key `to`", node) }
      for (key, _) in map {
        guard ["to", "type", "format", "offset", "point", "separator", "of"].contains(key.string)
        else {
          throw failure(
            "unknown key; a column has to, type, format, offset, point, separator, of", key)
        }
      }
      place = to
      kind = try self.kind(map["type"] ?? Node("text"), map)
      try checkOptions(map, of: kind, column: name)
    } else {
      place = node
    }
    guard let text = place.scalar?.string, let path = MappingFile.path(text) else {
      throw failure(
        "must be a member of an event: userId, anonymousId, messageId, groupId, previousId, "
          + "timestamp, originalTimestamp, sentAt, historical, name, properties.…, traits.…, "
          + "context.… or integrations.…", place)
    }
    return CSVMapping.Target(path: path, source: source(name), kind: kind)
  }

  /// Refuses options that mean nothing to the type of a column.
  private func checkOptions(
    _ map: Node.Mapping, of kind: CSVMapping.Kind, column: String
  ) throws(DefinitionError) {
    var fitting: Set<String> = ["to", "type"]
    var inner = kind
    if case .list(_, let element) = kind {
      fitting.formUnion(["separator", "of"])
      inner = element
    }
    switch inner {
    case .number: fitting.insert("point")
    case .date(.seconds), .date(.milliseconds): fitting.insert("format")
    case .date: fitting.formUnion(["format", "offset"])
    case .text, .boolean, .json, .list: break
    }
    for (key, _) in map {
      guard let option = key.scalar?.string, !fitting.contains(option) else { continue }
      let types =
        switch option {
        case "point": "type: number"
        case "separator", "of": "type: list"
        case "offset": "type: date, unless its format counts from 1970"
        default: "type: date"
        }
      throw failure("column `\(column)`: the option `\(option)` needs \(types)", key)
    }
  }

  private func kind(
    _ node: Node, _ map: Node.Mapping
  ) throws(DefinitionError) -> CSVMapping.Kind {
    switch node.scalar?.string {
    case "text": return .text
    case "number":
      guard let point = map["point"] else { return .number(point: nil) }
      return .number(point: try self.point(point))
    case "bool", "boolean": return .boolean
    case "json": return .json
    case "date": return .date(try date(map))
    case "list":
      let separator = try map["separator"].map { node throws(DefinitionError) in try character(node)
      }
      let element = map["of"] ?? Node("text")
      guard element.scalar?.string != "list" else {
        throw failure("a list of lists is not a type", element)
      }
      return .list(separator: separator ?? UInt8(ascii: ";"), of: try kind(element, map))
    default: throw failure("must be text, number, bool, date, list or json", node)
    }
  }

  private func date(_ map: Node.Mapping) throws(DefinitionError) -> CSVDate {
    guard let node = map["format"] else { return .sent(offset: try offset(map)) }
    switch node.scalar?.string ?? "" {
    case "rfc3339": return .sent(offset: try offset(map))
    case "unix": return .seconds
    case "unix_ms": return .milliseconds
    case let pattern:
      let offset = try offset(map)
      do throws(CSVDatePattern.Problem) {
        return .pattern(try CSVDatePattern(pattern), offset: offset)
      } catch {
        throw failure(
          "must be rfc3339, unix, unix_ms or a pattern such as dd.MM.yyyy HH:mm:ss; it \(error.reason)",
          node)
      }
    }
  }

  /// How far the dates of a column are from UTC.
  private func offset(_ map: Node.Mapping) throws(DefinitionError) -> Milliseconds {
    guard let offset = map["offset"] else { return Milliseconds(0) }
    guard let text = offset.scalar?.string, text.first == "+" || text.first == "-",
      let instant = Timestamp("2000-01-01T00:00:00" + text),
      let base = Timestamp("2000-01-01T00:00:00Z")
    else { throw failure("must be an offset from UTC such as +02:00, in quotes", offset) }
    return Milliseconds(base.milliseconds - instant.milliseconds)
  }

  mutating func readConstants(_ node: Node) throws(DefinitionError) {
    guard let entries = node.mapping else {
      throw failure("must map members of the event to values", node)
    }
    for (key, value) in entries {
      guard let text = key.scalar?.string, let path = MappingFile.path(text) else {
        throw failure("must be a member of an event, such as properties.currency", key)
      }
      guard let scalar = value.scalar else { throw failure("must be one value", value) }
      let target = CSVMapping.Target(path: path, source: .constant(Self.json(scalar)))
      columns.append((target, key))
    }
  }

  /// Plain `5`, `true` and `null` are what they look like; in quotes they are texts.
  private static func json(_ scalar: Node.Scalar) -> [UInt8] {
    switch CoreScalar(scalar) {
    case .null: Array("null".utf8)
    case .boolean(let flag): Array((flag ? "true" : "false").utf8)
    case .number(let text): Array(text.utf8)
    case .text(let text): json(text)
    }
  }

  private static func json(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var writer = ByteWriter()
    writer.jsonString(bytes.span.bytes)
    return writer.bytes
  }

  mutating func finish(_ root: Node) throws(DefinitionError) -> CSVMapping {
    guard let call else {
      throw failure(
        "the key `type` is missing: track, identify, page, screen, group or alias", root)
    }
    var targets = [call]
    if let event { targets.append(event) }
    for (target, node) in columns {
      let isTaken = targets.contains { other in
        let length = min(other.path.count, target.path.count)
        return other.path.prefix(length).elementsEqual(target.path.prefix(length))
      }
      guard !isTaken else {
        throw failure("`\(target.path.joined(separator: "."))` is mapped twice", node)
      }
      targets.append(target)
    }
    if !mapping.hasHeader {
      for index in targets.indices {
        guard case .column(let name) = targets[index].source else { continue }
        guard let number = Int(name), number > 0 else {
          throw failure("without a header, columns are numbers from 1", root)
        }
        targets[index].source = .number(number)
      }
    }
    mapping.targets = targets
    return mapping
  }
}
