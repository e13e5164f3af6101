// The patterns of the telephone numbering plans: regular expressions over digits. Compiled to a few
// instructions when the plans are first needed; all of them take less than a regular expression library
// needs for one.

/// A regular expression over ASCII digits, matched from the first digit on.
///
/// Understands digits, `\d`, sets as in `[2-9]`, `$`, groups with and without capture, `|`, and `?`, `*`,
/// `+`, `{m}`, `{m,n}`; the first alternative that leads to a match is taken, as in Perl.
struct DigitPattern: Sendable {
  /// What a pattern matched.
  struct Match: Equatable {
    /// The first digit after the match.
    var end: Int
    /// Where the two first groups matched; nil for one that took no part.
    var groups: (Range<Int>?, Range<Int>?)

    static func == (a: Match, b: Match) -> Bool { a.end == b.end && a.groups == b.groups }
  }

  private enum Instruction {
    /// One of these digits, a bit each.
    case digit(UInt16)
    /// The first of two ways that leads to a match.
    case split(Int, Int)
    case jump(Int)
    /// Where a group begins, or ends.
    case open(Int)
    case close(Int)
    /// The end of the text.
    case end
    case match
  }

  private var program: [Instruction] = []
  /// How many groups capture.
  private(set) var groupCount = 0

  /// Reads a pattern; nil if it is not one.
  init?(_ text: some StringProtocol) {
    var parser = Parser(rest: Array(text.utf8)[...])
    guard let node = parser.alternatives(), parser.rest.isEmpty else { return nil }
    groupCount = parser.groupCount
    emit(node)
    program.append(.match)
  }

  /// Matches the pattern at the start of some digits.
  func match(_ digits: ArraySlice<UInt8>) -> Match? {
    var state = State(digits: digits)
    guard let end = run(0, digits.startIndex, &state, isWhole: false) else { return nil }
    return Match(end: end, groups: state.groups)
  }

  /// Whether the pattern matches all of some digits.
  func matchesWhole(_ digits: ArraySlice<UInt8>) -> Bool {
    var state = State(digits: digits)
    return run(0, digits.startIndex, &state, isWhole: true) != nil
  }

  /// The digits that a match of at least one digit can begin with, a bit each.
  var firstDigits: UInt16 { firstDigits(from: 0) }

  private func firstDigits(from start: Int) -> UInt16 {
    switch program[start] {
    case .digit(let set): set
    case .split(let first, let second): firstDigits(from: first) | firstDigits(from: second)
    case .jump(let next): firstDigits(from: next)
    case .open, .close: firstDigits(from: start + 1)
    case .end, .match: 0
    }
  }
}

extension DigitPattern {
  private struct State {
    let digits: ArraySlice<UInt8>
    var starts = (0, 0)
    var groups: (Range<Int>?, Range<Int>?) = (nil, nil)
  }

  /// Follows the program, and goes back to the last split where it leads nowhere.
  private func run(
    _ start: Int, _ index: Int, _ state: inout State, isWhole: Bool
  ) -> Int? {
    var (place, index) = (start, index)
    while true {
      switch program[place] {
      case .digit(let set):
        guard index < state.digits.endIndex, set >> UInt16(state.digits[index] & 15) & 1 != 0 else {
          return nil
        }
        index += 1
        place += 1
      case .split(let first, let second):
        let before = state
        if let end = run(first, index, &state, isWhole: isWhole) { return end }
        state = before
        place = second
      case .jump(let next):
        place = next
      case .open(let group):
        if group == 0 { state.starts.0 = index } else { state.starts.1 = index }
        place += 1
      case .close(let group):
        if group == 0 {
          state.groups.0 = state.starts.0..<index
        } else {
          state.groups.1 = state.starts.1..<index
        }
        place += 1
      case .end:
        guard index == state.digits.endIndex else { return nil }
        place += 1
      case .match:
        return isWhole && index < state.digits.endIndex ? nil : index
      }
    }
  }
}

extension DigitPattern {
  private indirect enum Node {
    case digit(UInt16)
    case end
    case sequence([Node])
    case either([Node])
    case group(Int, Node)
    case repeated(Node, min: Int, max: Int?)
  }

  private mutating func emit(_ node: Node) {
    switch node {
    case .digit(let set):
      program.append(.digit(set))
    case .end:
      program.append(.end)
    case .sequence(let parts):
      for part in parts { emit(part) }
    case .either(let ways):
      var jumps: [Int] = []
      for (index, way) in ways.enumerated() {
        guard index < ways.count - 1 else {
          emit(way)
          continue
        }
        let split = program.count
        program.append(.match)
        emit(way)
        jumps.append(program.count)
        program.append(.match)
        program[split] = .split(split + 1, program.count)
      }
      for jump in jumps { program[jump] = .jump(program.count) }
    case .group(let group, let inner):
      program.append(.open(group))
      emit(inner)
      program.append(.close(group))
    case .repeated(let inner, let min, let max):
      for _ in 0..<min { emit(inner) }
      guard let max else { return emitLoop(inner) }
      for _ in min..<max {
        let split = program.count
        program.append(.match)
        emit(inner)
        program[split] = .split(split + 1, program.count)
      }
    }
  }

  private mutating func emitLoop(_ inner: Node) {
    let split = program.count
    program.append(.match)
    emit(inner)
    program.append(.jump(split))
    program[split] = .split(split + 1, program.count)
  }

  private struct Parser {
    var rest: ArraySlice<UInt8>
    var groupCount = 0

    init(rest: ArraySlice<UInt8>) { self.rest = rest }

    mutating func take(_ byte: Character) -> Bool {
      guard rest.first == byte.asciiValue else { return false }
      rest = rest.dropFirst()
      return true
    }

    mutating func alternatives() -> Node? {
      var ways: [Node] = []
      repeat {
        guard let way = sequence() else { return nil }
        ways.append(way)
      } while take("|")
      return ways.count == 1 ? ways[0] : .either(ways)
    }

    private mutating func sequence() -> Node? {
      var parts: [Node] = []
      while let byte = rest.first, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
        guard let atom = atom(), let part = repeated(atom) else { return nil }
        parts.append(part)
      }
      return .sequence(parts)
    }

    private mutating func repeated(_ atom: Node) -> Node? {
      if take("?") { return .repeated(atom, min: 0, max: 1) }
      if take("*") { return .repeated(atom, min: 0, max: nil) }
      if take("+") { return .repeated(atom, min: 1, max: nil) }
      guard take("{") else { return atom }
      guard let min = number() else { return nil }
      let max = take(",") ? number() : min
      guard take("}"), let max, min <= max else { return nil }
      return .repeated(atom, min: min, max: max)
    }

    private mutating func number() -> Int? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard (1...2).contains(digits.count) else { return nil }
      rest = rest.dropFirst(digits.count)
      return digits.reduce(0) { $0 * 10 + Int($1 & 15) }
    }

    private mutating func atom() -> Node? {
      guard let byte = rest.popFirst() else { return nil }
      switch byte {
      case 0x30...0x39: return .digit(1 << UInt16(byte & 15))
      case UInt8(ascii: "$"): return .end
      case UInt8(ascii: "\\"): return take("d") ? .digit(0x3FF) : nil
      case UInt8(ascii: "["): return set()
      case UInt8(ascii: "("):
        var group: Int?
        if take("?") {
          guard take(":") else { return nil }
        } else {
          group = groupCount
          groupCount += 1
          // What the plans need.
          guard groupCount <= 2 else { return nil }
        }
        guard let inner = alternatives(), take(")") else { return nil }
        return group.map { .group($0, inner) } ?? inner
      default: return nil
      }
    }

    private mutating func set() -> Node? {
      var bits: UInt16 = 0
      while let first = rest.popFirst(), first != UInt8(ascii: "]") {
        guard (0x30...0x39).contains(first) else { return nil }
        var last = first
        if take("-") {
          guard let end = rest.popFirst(), (first...0x39).contains(end) else { return nil }
          last = end
        }
        for digit in first...last { bits |= 1 << UInt16(digit & 15) }
      }
      return bits == 0 ? nil : .digit(bits)
    }
  }
}
