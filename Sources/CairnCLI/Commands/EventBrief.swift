// An event in a few words, for a table with one line per event.

import Bytes
import Cairn
import Events

/// An event's call, its name, and the first of its simple properties or traits.
struct EventBrief {
  /// The most characters of `details`.
  static let detailsMax = 60

  var call: String
  /// The event's name, or the name or path of a page.
  var name: String
  /// `name=value` of the first members of `properties` or `traits`, cut at `detailsMax` characters.
  var details: String

  init(_ entry: EventEntry) throws {
    call = "\(entry.type.name)"
    var members = MemberTexts()
    try entry.visitFields(&members)
    var name = try entry.withName { $0.toString() } ?? ""
    if name.isEmpty { name = members.topName }
    self.name = name
    var details = members.texts.joined(separator: " ")
    if details.count > Self.detailsMax { details = details.prefix(Self.detailsMax - 1) + "…" }
    self.details = details
  }
}

/// Collects the simple members of `properties` and `traits` as text.
private struct MemberTexts: FieldVisitor {
  var texts: [String] = []
  /// The `name` of a page or screen.
  var topName = ""
  private var isInside = false

  private mutating func add(_ value: String, _ field: borrowing StoredField) {
    let key = field.key.toString()
    if field.depth == 1 {
      isInside = false
      if key == "name" { topName = value }
    } else if field.depth == 2, isInside {
      texts.append("\(key)=\(value)")
    }
  }

  mutating func visit(text: RawSpan, _ field: borrowing StoredField) {
    add(text.toString(), field)
  }

  mutating func visit(uuid: RawSpan, _ field: borrowing StoredField) { addText(field) }

  mutating func visit(instant: Timestamp, _ field: borrowing StoredField) {
    add(instant.description, field)
  }

  mutating func visit(number: FixedDecimal.Reading, _ field: borrowing StoredField) {
    addText(field)
  }

  mutating func visit(boolean: Bool, _ field: borrowing StoredField) {
    add(boolean ? "true" : "false", field)
  }

  mutating func visitNull(_ field: borrowing StoredField) { add("null", field) }

  mutating func visitObject(_ field: borrowing StoredField) {
    guard field.depth == 1 else { return }
    let key = field.key.toString()
    isInside = key == "properties" || key == "traits"
  }

  mutating func visitArray(_ field: borrowing StoredField) {
    if field.depth == 1 { isInside = false }
  }

  /// Adds a value whose text is as it was sent.
  private mutating func addText(_ field: borrowing StoredField) {
    let text = try? field.value.withText { $0.toString() }
    add((text ?? nil) ?? "", field)
  }
}
