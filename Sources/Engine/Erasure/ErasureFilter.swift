// Erased people are ignored, whether or not their records have left the log yet, so a fold gives
// the same state before, during and after that. This is the one place that decides what belongs to
// erased people and what remains of the events of others; ingest, fold, search and verification all
// use it, and it uses nothing that was derived.

import Bytes
import Events
import Profiles
import Storage

/// Recognises what belongs to erased people, and removes their values from the data of others.
///
/// A value: readers on other threads have copies.
package struct ErasureFilter: Sendable {
  private let key: ErasureKey?
  private let hashes: Set<Hash128>
  /// Identifiers, by their hashes in this store, that count as erased although they are not.
  private let asked: Set<Hash128>
  private let rules: IdentifierRules
  private let reader: IdentifierReader
  private let places: IdentifierPlaces
  /// The types of telephone numbers.
  private let phoneEntries: [IdentifierRules.Entry]
  private let seed: HashSeed
  private var found = FoundIdentifiers()
  private var scratch: [UInt8] = []
  /// What has to be left out of the event in hand.
  private var offsets: [Int] = []
  /// What was found where the rules look in what was judged last, each once.
  private(set) var mentions: [SubjectMention] = []
  /// Recent answers for identifiers, by their hashes: the same ones are sent again and again.
  private var recent = [Hash128](repeating: Hash128(high: 0, low: 0), count: recentCount)
  private var recentAnswers = [Bool](repeating: false, count: recentCount)

  private static let recentCount = 4096

  /// A filter for the erased of a fold; nil if nobody has been erased.
  ///
  /// - Parameters:
  ///   - hashes: As `State.erased` has them.
  ///   - asked: Hashes in this store of identifiers to be judged as if they had been erased.
  ///   - reader: Reads identifiers by `rules`.
  /// - Throws: `.corrupt` if there are hashes and no key, or one that they were not made with.
  init?(
    _ hashes: [Hash128], asking asked: [Hash128] = [], key: ErasureKey?, rules: IdentifierRules,
    reader: IdentifierReader, symbols: SymbolTable, seed: HashSeed
  ) throws(StoreError) {
    if hashes.isEmpty, asked.isEmpty { return nil }
    if let first = hashes.first {
      guard let key, first == key.check else { throw ErasureKey.damaged }
    }
    self.key = key
    self.hashes = Set(hashes)
    self.asked = Set(asked)
    self.rules = rules
    self.reader = reader
    self.seed = seed
    places = IdentifierPlaces(rules, symbols: symbols)
    phoneEntries = (rules.entries + rules.retired).filter { $0.normaliser == .phone }
  }

  /// Judges a parsed line.
  mutating func judge(
    _ row: EventRow, of parsed: borrowing EventBatch
  ) throws(DecodeError) -> ErasureJudgement {
    switch row.outcome {
    case .event: try judge(parsed.event(of: row))
    case .quarantined: judge(line: parsed.payload(of: row))
    case .rejected: .untouched
    }
  }

  /// Judges an event: erased if its home identifier is, or if it has no other; reduced to a payload without the
  /// erased values if it names them anywhere else where the rules look, also in what a tracking plan left out.
  mutating func judge(_ event: borrowing EventView) throws(DecodeError) -> ErasureJudgement {
    let canBeReduced = try find(in: event)
    if canBeReduced, offsets.isEmpty { return .untouched }
    try reader.read(event, into: &found)
    guard canBeReduced, isOfSomebodyElse() else { return .erased }
    return .reduced(try event.payload(without: offsets))
  }

  /// Whether the event whose identifiers have been found is of a person who has not been erased, or of an account
  /// alone.
  ///
  /// Identity resolution never leaves out the first, so the home of an event follows from the event.
  private mutating func isOfSomebodyElse() -> Bool {
    guard let home = found.entries.first else { return found.account != nil }
    return !contains(EventHash.identifier(home.type, found.value(of: home), seed: seed))
  }

  /// The payload of an event without all erased values, regardless of its owner; nil if it has none.
  mutating func rest(of event: borrowing EventView) throws(DecodeError) -> [UInt8]? {
    _ = try find(in: event)
    return offsets.isEmpty ? nil : try event.payload(without: offsets)
  }

  /// Finds the erased values of an event; false if it has one that it cannot be without.
  private mutating func find(in event: borrowing EventView) throws(DecodeError) -> Bool {
    offsets.removeAll(keepingCapacity: true)
    mentions.removeAll(keepingCapacity: true)
    var canBeReduced = true
    let (places, reader) = (places, reader)
    try places.visit(event) { (value, step, offset) throws(DecodeError) in
      guard try reader.identifier(of: value, as: step, in: event, into: &scratch),
        contains(EventHash.identifier(step.entry.type, scratch.span.bytes, seed: seed))
      else { return }
      if let offset { offsets.append(offset) } else { canBeReduced = false }
      let compared = scratch
      try value.withText { mention(step.entry.type, compared.span.bytes, sent: $0) }
    }
    return canBeReduced
  }

  private mutating func mention(_ type: IdentifierType, _ value: RawSpan, sent: RawSpan? = nil) {
    let mention = SubjectMention(type, value, sent: sent)
    if !mentions.contains(mention) { mentions.append(mention) }
  }

  /// Judges a line that was not understood: one that holds an erased identifier as a text goes, unless it is an
  /// object in which the rules find somebody else first; that loses what they find of the erased.
  ///
  /// - Complexity: O(pieces of the line) keyed hashes, and for a number one more for each country that the line names.
  mutating func judge(line: RawSpan) -> ErasureJudgement {
    mentions.removeAll(keepingCapacity: true)
    guard holds(line) else { return .untouched }
    var identifiers = LineIdentifiers(rules, reader)
    let rest = identifiers.rest(of: line) { type, value in
      guard contains(EventHash.identifier(type, value, seed: seed)) else { return false }
      mention(type, value)
      return true
    }
    return switch rest {
    case .unchanged: .untouched
    case .line(let line): .reduced(line)
    case .nothing: .erased
    }
  }

  private mutating func holds(_ line: RawSpan) -> Bool {
    let countries = countries(named: line)
    var seen: Set<Hash128> = []
    return LinePieces.contains(line) { piece in
      guard seen.insert(seed.hash(piece, domain: 0)).inserted else { return false }
      for entry in phoneEntries where Self.mayBeNumber(piece) {
        // Whichever of them is said where: what is found here is looked at again where the line can be read.
        for country in countries where names(piece, as: entry, of: .country(country)) {
          return true
        }
      }
      // Of types that are no longer in use as well: who was erased by one stays out of the quarantine.
      for entry in rules.entries where names(piece, as: entry) { return true }
      for entry in rules.retired where names(piece, as: entry) { return true }
      return false
    }
  }

  /// The countries that a line names, if telephone numbers count for something.
  private func countries(named line: RawSpan) -> Set<CountryCode> {
    guard !phoneEntries.isEmpty else { return [] }
    var countries: Set<CountryCode> = []
    var seen: Set<Hash128> = []
    _ = LinePieces.contains(line) { piece in
      guard Self.mayBeCountry(piece), seen.insert(seed.hash(piece, domain: 0)).inserted else {
        return false
      }
      if case .country(let country) = SaidCountry(piece) { countries.insert(country) }
      return false
    }
    return countries
  }

  /// Whether a text can name a country, by its length and as one without digits.
  private static func mayBeCountry(_ text: RawSpan) -> Bool {
    guard (2...64).contains(text.byteCount) else { return false }
    for index in 0..<text.byteCount where (0x30...0x40).contains(text[index]) { return false }
    return true
  }

  /// Whether a text can hold a telephone number, by its digits; those of other scripts are not ASCII.
  private static func mayBeNumber(_ text: RawSpan) -> Bool {
    var count = 0
    for index in 0..<text.byteCount {
      let byte = text[index]
      if byte >= 0x80 || (0x30...0x39).contains(byte) { count += 1 }
    }
    return count > 2
  }

  private mutating func names(
    _ text: RawSpan, as entry: IdentifierRules.Entry, of said: SaidCountry = .nothing
  ) -> Bool {
    if reader.normalise(text, as: entry, of: said, into: &scratch),
      contains(EventHash.identifier(entry.type, scratch.span.bytes, seed: seed))
    {
      return true
    }
    // 42.0 in a line that was not understood is the id 42.
    guard NumberText.canonical(text) != nil,
      reader.normalise(text, isNumber: true, as: entry, of: said, into: &scratch)
    else { return false }
    return contains(EventHash.identifier(entry.type, scratch.span.bytes, seed: seed))
  }

  /// A correction without the identifiers that have been erased; nil if it names none of them.
  private mutating func rest(of correction: IdentityCorrection) -> IdentityCorrection? {
    mentions.removeAll(keepingCapacity: true)
    var rest = correction
    rest.identifiers.removeAll { names($0) }
    rest.staying.removeAll { names($0) }
    return rest == correction ? nil : rest
  }

  private mutating func names(_ named: IdentityCorrection.Named) -> Bool {
    let value = named.value.span.bytes
    guard contains(EventHash.identifier(named.type, value, seed: seed)) else { return false }
    mention(named.type, value)
    return true
  }

  /// Judges a record; what is left of one is its payload.
  mutating func judge(_ record: borrowing RecordView) throws(StoreError) -> ErasureJudgement {
    switch try Input(record) {
    case .event(let event):
      do throws(DecodeError) { return try judge(event) } catch {
        throw StoreError(error, in: RecordPlace(of: record))
      }
    case .quarantined(var kept):
      let judgement = judge(line: kept.line.span.bytes)
      guard case .reduced(let line) = judgement else { return judgement }
      kept.problem = kept.problem.inReducedLine
      kept.line = line
      return .reduced(kept.encode())
    case .identityCorrection(let correction):
      return rest(of: correction).map { .reduced($0.encode()) } ?? .untouched
    default: return .untouched
    }
  }

  /// Whether an identifier, by its hash in this store, has been erased.
  private mutating func contains(_ identifier: Hash128) -> Bool {
    if asked.contains(identifier) { return true }
    guard let key, !hashes.isEmpty else { return false }
    let place = Int(identifier.low % UInt64(Self.recentCount))
    if recent[place] == identifier { return recentAnswers[place] }
    let answer = hashes.contains(key.hash(identifier))
    recent[place] = identifier
    recentAnswers[place] = answer
    return answer
  }
}

extension EventProblem {
  /// The problem without its place: places in a line mean nothing once something has been taken out of it.
  var inReducedLine: EventProblem { EventProblem(code, field: field, at: 0) }
}

extension Fold {
  /// Judges a parsed line that comes in.
  func judge(
    _ row: EventRow, of parsed: borrowing EventBatch
  ) throws(StoreError) -> ErasureJudgement {
    do { return try erased?.judge(row, of: parsed) ?? .untouched } catch {
      throw StoreError(error, in: "line \(row.line)")
    }
  }

  /// A filter of those who have been erased.
  func erasureFilter(key: ErasureKey?) throws(StoreError) -> ErasureFilter? {
    try ErasureFilter(
      state.erased.elements, key: key, rules: rules.identifiers,
      reader: identifierReader, symbols: symbols, seed: seed)
  }
}
