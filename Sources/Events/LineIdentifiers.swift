// The identifiers of a line that is not an acceptable event, as far as it is an object with members where the rules
// look for identifiers: whose line it is, and the line without some of them.

import Bytes

/// Reads identifiers of lines in quarantine.
public struct LineIdentifiers: Sendable {
  private let rules: IdentifierRules
  private let reader: IdentifierReader
  private var scratch: [UInt8] = []

  /// - Parameter reader: Reads identifiers by `rules`.
  public init(_ rules: IdentifierRules, _ reader: IdentifierReader) {
    self.rules = rules
    self.reader = reader
  }

  /// What a line is without identifiers that are to go.
  public enum Rest: Equatable, Sendable {
    /// The line is somebody else's, and has none of them where the rules look.
    case unchanged
    /// The line is somebody else's, and this is left of it.
    case line([UInt8])
    /// The line's own identifier is to go, or nobody's can be found.
    case nothing
  }

  /// Takes identifiers out of a line.
  ///
  /// - Parameter goes: Whether an identifier, as it is compared, is to go.
  /// - Complexity: O(bytes), with memory for the whole line as a tree.
  public mutating func rest(
    of line: RawSpan, without goes: (IdentifierType, RawSpan) -> Bool
  ) -> Rest {
    guard let object = JSONPiece(object: line) else { return .nothing }
    let type = EventType(object)
    var isHomeFound = false
    var cuts: [Range<Int>] = []
    for entry in rules.entries {
      for candidate in Self.candidates(object, entry, type) {
        guard
          reader.normalise(
            candidate.text.span.bytes, isNumber: candidate.isNumber, as: entry,
            of: candidate.country, into: &scratch),
          scratch.count <= IdentifierReader.valueBytesMax
        else { continue }
        let isGoing = goes(entry.type, scratch.span.bytes)
        if isGoing, !isHomeFound { return .nothing }
        isHomeFound = true
        if isGoing { cuts.append(candidate.range) }
      }
    }
    guard isHomeFound || Self.isOfAccount(object, type) else { return .nothing }
    return cuts.isEmpty ? .unchanged : .line(Self.line(line, without: cuts))
  }

  /// A text at a place, and what has to be cut out with it.
  private struct Candidate {
    var text: [UInt8]
    /// Whether it is not a string: a number is compared by its value.
    var isNumber: Bool
    var range: Range<Int>
    /// What the line says of the country that a telephone number there is of.
    var country = SaidCountry.nothing
  }

  /// Whether the line is a group call that names its account: it is then somebody's although no person's.
  private static func isOfAccount(_ object: JSONPiece, _ type: EventType?) -> Bool {
    type == .group && !candidates(object, [["groupId"], ["context", "groupId"]], type).isEmpty
  }

  /// The texts at all places of a type, in the order of the rules.
  private static func candidates(
    _ object: JSONPiece, _ entry: IdentifierRules.Entry, _ type: EventType?
  ) -> [Candidate] {
    let found = entry.places.flatMap { place in
      said(candidates(object, place, type), object, entry, place, type)
    }
    guard entry.isOfCallers, type == .alias else { return found }
    let former = candidates(object, [["previousId"]], type)
    return found + said(former, object, entry, .userID, type)
  }

  /// The same candidates with what is said of their country.
  private static func said(
    _ found: [Candidate], _ object: JSONPiece, _ entry: IdentifierRules.Entry,
    _ place: IdentifierRules.Place, _ type: EventType?
  ) -> [Candidate] {
    guard entry.normaliser == .phone, !found.isEmpty else { return found }
    let country = CountryPlaces.said(in: object, type, for: place)
    return found.map { candidate in
      var candidate = candidate
      candidate.country = country
      return candidate
    }
  }

  private static func candidates(
    _ object: JSONPiece, _ place: IdentifierRules.Place, _ type: EventType?
  ) -> [Candidate] {
    switch place {
    case .userID: return candidates(object, [["userId"]], type)
    case .anonymousID: return candidates(object, [["anonymousId"]], type)
    case .email:
      let paths = [["traits", "email"], ["context", "traits", "email"], ["properties", "email"]]
      return candidates(object, paths, type, stringsOnly: true)
    case .path(let keys): return candidates(object, [keys], type)
    case .external(let wanted):
      let lists = object.members(at: ["context", "externalIds"].map { Array($0.utf8) })
      return lists.flatMap { $0.value.elements }.flatMap { element -> [Candidate] in
        guard element.has("type".utf8, wanted.utf8) else { return [] }
        // The whole element goes with any of its ids.
        return element.members("id".utf8).flatMap { id in
          candidates(id, stringsOnly: false).map { candidate in
            var whole = candidate
            whole.range = element.range
            return whole
          }
        }
      }
    }
  }

  private static func candidates(
    _ object: JSONPiece, _ paths: [[String]], _ type: EventType?, stringsOnly: Bool = false
  ) -> [Candidate] {
    paths.flatMap { path -> [Candidate] in
      let isTraits = path.first == WellKnownSymbol.traits.key
      if isTraits, type?.canIdentifyPerson(below: WellKnownSymbol.traits.symbol) == false {
        return []
      }
      return object.members(at: path.map { Array($0.utf8) }).flatMap {
        candidates($0, stringsOnly: stringsOnly)
      }
    }
  }

  /// The text of a member, which goes with it, or of a list each that is an element.
  private static func candidates(
    _ member: JSONPiece.Member, stringsOnly: Bool
  ) -> [Candidate] {
    let isList = if case .array = member.value.content { true } else { false }
    let pieces = isList ? member.value.elements : [member.value]
    return pieces.compactMap { piece in
      guard case .text(let text, let isString) = piece.content, isString || !stringsOnly
      else { return nil }
      return Candidate(
        text: text, isNumber: !isString, range: isList ? piece.range : member.range)
    }
  }

  /// The line without some members and elements, and without the comma after each, or else before it.
  private static func line(_ line: RawSpan, without cuts: [Range<Int>]) -> [UInt8] {
    var bytes = line.toArray()
    var last = bytes.count
    for cut in cuts.sorted(by: { $0.lowerBound > $1.lowerBound }) where cut.upperBound <= last {
      var (start, end) = (cut.lowerBound, cut.upperBound)
      while end < bytes.count, isBlank(bytes[end]) { end += 1 }
      if end < bytes.count, bytes[end] == UInt8(ascii: ",") {
        end += 1
      } else {
        end = cut.upperBound
        while start > 0, isBlank(bytes[start - 1]) { start -= 1 }
        if start > 0, bytes[start - 1] == UInt8(ascii: ",") { start -= 1 }
      }
      bytes.removeSubrange(start..<end)
      last = start
    }
    return bytes
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

extension EventType {
  /// The type that a line says, which need not be one.
  fileprivate init?(_ object: JSONPiece) {
    guard case .text(let name, _)? = object.members("type".utf8).last?.value.content else {
      return nil
    }
    self.init(name.span.bytes)
  }
}
