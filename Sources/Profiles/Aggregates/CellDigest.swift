// What is kept of the entries of a cell so that its answer needs not look at all of them: of a profile with
// many events, a look costs more than everything else.

import Bytes

/// What a cell keeps of its entries, besides totals.
enum CellDigest: BitwiseCopyable, Equatable {
  /// Nothing: totals or a state say it all, or an answer looks at all entries.
  case none
  /// Of each chunk the least or greatest number.
  case extremes
  /// In `matched`, how many runs the window holds.
  case runs(gap: Milliseconds)
  /// Where the steps so far lead to: of all entries that have come in, and before each chunk.
  case sequence(steps: Int)
  /// How often each value lies in the window.
  case tallies
  /// Of a window that is a session: when its newest run began; the totals are over that.
  case newestRun(gap: Milliseconds)

  init(_ kind: CellKind, _ window: CellWindow, _ parameters: CellParameters) {
    switch (kind, parameters) {
    case (.minimum, _) where window.sessionGap == nil && !window.isKept,
      (.maximum, _) where window.sessionGap == nil && !window.isKept:
      self = .extremes
    case (.sessions, .gap(let gap)) where !window.isKept: self = .runs(gap: gap)
    case (.sequence, .sequence(let rule)):
      // Over all time, what no chain can need any more is dropped, and few entries are left.
      let keepsFew = rule.isFinal && rule.within == nil && window.isKept
      self = keepsFew ? .none : .sequence(steps: rule.stepCount)
    case (.tally, _) where window.sessionGap == nil && !window.isKept: self = .tallies
    case (.count, _), (.sum, _), (.minimum, _), (.maximum, _):
      self = window.sessionGap.map { .newestRun(gap: $0) } ?? .none
    default: self = .none
    }
  }

  /// What a chunk's entry of the directory has for it.
  var chunkBytes: Int {
    switch self {
    case .extremes: ChunkExtreme.byteCount
    case .sequence(let steps): SequenceRun.byteCount(steps)
    case .none, .runs, .newestRun, .tallies: 0
    }
  }

  /// What the state of a cell has for it, where that is of a fixed size.
  var stateBytes: Int {
    switch self {
    case .sequence(let steps): SequenceRun.byteCount(steps)
    case .newestRun: 8
    case .none, .runs, .extremes, .tallies: 0
    }
  }
}

/// The least or greatest number of a chunk.
///
///     offset  size  field     type
///     ------  ----  --------  ------------------------------------------------
///          0     4  amounts   u32   0: none; 1: of one currency; 2: of several
///          4     4  currency  u32
///          8     4  skipped   u32
///         12     4            u32   0
///         16    16  amount    i128
///         32    16  rest      u128
struct ChunkExtreme {
  static let byteCount = 48

  var amounts: UInt32 = 0
  var skipped: UInt32 = 0
  var best = CellTerm.absent

  init() {}

  init(_ bytes: RawSpan, at offset: Int) {
    amounts = bytes.load(at: offset, as: UInt32.self)
    skipped = bytes.load(at: offset + 8, as: UInt32.self)
    let low = bytes.load(at: offset + 16, as: UInt64.self)
    let high = bytes.load(at: offset + 24, as: Int64.self)
    let rest = bytes.load(at: offset + 32, as: UInt64.self)
    let upperRest = bytes.load(at: offset + 40, as: UInt64.self)
    best = CellTerm(
      currency: CurrencyCode(packed: bytes.load(at: offset + 4, as: UInt32.self)),
      amount: FixedDecimal(mantissa: Int128(high) << 64 | Int128(low)),
      rest: UInt128(upperRest) << 64 | UInt128(rest))
  }

  mutating func take(_ term: CellTerm, as kind: CellKind) {
    if term.currency == CellTerm.skippedCurrency {
      skipped &+= 1
    } else if amounts == 0 {
      amounts = 1
      best = term
    } else if amounts > 1 || term.currency != best.currency {
      amounts = 2
    } else {
      let isLess = (term.amount, term.rest) < (best.amount, best.rest)
      let isMore = (best.amount, best.rest) < (term.amount, term.rest)
      if kind == .minimum ? isLess : isMore { best = term }
    }
  }

  func store<Value: CellBytes & ~Copyable>(in value: inout Value, at offset: Int) {
    value.store(amounts, at: offset)
    value.store(best.currency.packed, at: offset + 4)
    value.store(skipped, at: offset + 8)
    value.store(best.amount.mantissa, at: offset + 16)
    value.store(best.rest, at: offset + 32)
  }
}

/// Where the entries of a sequence lead to: for each number of steps taken, the latest first step of a chain that
/// has come so far, and of the chains that have taken them all.
///
/// What a window has left behind need not be removed: a chain is inside it if its first step is.
///
///     offset  size  field      type
///     ------  ----  ---------  ---------------------------------------------
///          0     8  completed  i64   ms; the smallest for none
///          8    8n  starts     i64   one for each step but the last, likewise
struct SequenceRun: Equatable {
  static func byteCount(_ steps: Int) -> Int { 8 * steps }

  var completed = Int64.min
  private var starts: [Int64]

  /// Before any entry.
  init(steps: Int) { starts = [Int64](repeating: .min, count: max(0, steps - 1)) }

  init(_ bytes: RawSpan, at offset: Int, steps: Int) {
    completed = bytes.load(at: offset, as: Int64.self)
    starts = (1..<max(1, steps)).map { bytes.load(at: offset + 8 * $0, as: Int64.self) }
  }

  func store<Value: CellBytes & ~Copyable>(in value: inout Value, at offset: Int) {
    value.store(completed, at: offset)
    for (index, start) in starts.enumerated() { value.store(start, at: offset + 8 + 8 * index) }
  }

  /// Takes the next entry; as `SequenceRule.happened`, but going on after the last step.
  mutating func take(_ time: Timestamp, _ mask: UInt32, _ rule: SequenceRule) {
    // From the last step down, so that one event is one step only.
    for step in stride(from: rule.stepCount - 1, through: 0, by: -1) {
      var start = Int64.min
      if mask >> UInt32(step) & 1 == 1 { start = step == 0 ? time.milliseconds : starts[step - 1] }
      if start != .min, let within = rule.within, time > Timestamp(milliseconds: start) + within {
        start = .min
      }
      // What excludes strikes the chains that wait, not the one that takes this very step.
      if step + 1 < rule.stepCount, mask & rule.exclusions[step + 1] != 0 { starts[step] = .min }
      guard start != .min else { continue }
      if step == rule.stepCount - 1 {
        completed = max(completed, start)
      } else {
        starts[step] = max(starts[step], start)
      }
    }
  }
}
