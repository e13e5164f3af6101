// The same lines come out, however the stream is cut.

import Bytes
import Events
import Testing

/// A part of the input, as `LineCutter` gives it out.
enum InputPiece: Equatable {
  case lines([UInt8], firstLine: Int, firstOffset: Int)
  case tooLong(line: Int, offset: Int)

  init(_ lines: RawSpan?, _ first: LinePosition) {
    if let lines {
      self = .lines(lines.toArray(), firstLine: first.number, firstOffset: first.offset)
    } else {
      self = .tooLong(line: first.number, offset: first.offset)
    }
  }

  var lineCount: Int {
    switch self {
    case .lines(let bytes, _, _): bytes.count { $0 == 0x0A }
    case .tooLong: 0
    }
  }
}

@Suite struct LineCutterTests {
  static func pieces(_ bytes: [UInt8], _ sizes: () -> Int, _ limits: EventLimits) -> [InputPiece] {
    var cutter = LineCutter(limits: limits)
    var pieces: [InputPiece] = []
    let add: (RawSpan?, LinePosition) -> Int = { lines, first in
      let piece = InputPiece(lines, first)
      pieces.append(piece)
      return piece.lineCount
    }
    var start = 0
    while start < bytes.count {
      let end = min(start + sizes(), bytes.count)
      cutter.append(bytes.span.bytes.extracting(start..<end), add)
      start = end
    }
    cutter.finish(add)
    return pieces
  }

  /// Number, offset and text of every line; a line too long has no text.
  static func lines(_ pieces: [InputPiece], max: Int) -> [String] {
    pieces.flatMap { piece -> [String] in
      switch piece {
      case .tooLong(let line, let offset):
        return ["\(line) \(offset) too long"]
      case .lines(let bytes, let firstLine, let firstOffset):
        var offset = firstOffset
        var parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if bytes.last == 0x0A { parts.removeLast() }
        return parts.enumerated().map { index, part in
          defer { offset += part.count + 1 }
          let text = part.count > max ? "too long" : String(decoding: part, as: UTF8.self)
          return "\(firstLine + index) \(offset) \(text)"
        }
      }
    }
  }

  @Test(arguments: [UInt64](1...30))
  func linesDoNotDependOnTheCuts(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var limits = EventLimits()
    limits.lineBytesMax = 20
    var bytes: [UInt8] = []
    for _ in 0..<60 {
      let count = Int.random(in: 0...30, using: &generator)
      bytes += (0..<count).map { _ in UInt8.random(in: 97...122, using: &generator) }
      bytes.append(0x0A)
    }
    if seed % 2 == 0 { bytes.removeLast() }
    let whole = Self.lines([.lines(bytes, firstLine: 1, firstOffset: 0)], max: 20)
    let cut = Self.pieces(bytes, { Int.random(in: 1...50, using: &generator) }, limits)
    #expect(Self.lines(cut, max: 20) == whole, "seed \(seed)")
    let single = Self.pieces(bytes, { 1 }, limits)
    #expect(Self.lines(single, max: 20) == whole, "seed \(seed)")
    #expect(single.contains { if case .tooLong = $0 { true } else { false } })
  }

  @Test func anEmptyInputHasNoLines() {
    #expect(Self.pieces([], { 1 }, EventLimits()).isEmpty)
    let blank = Self.pieces([0x0A], { 1 }, EventLimits())
    #expect(blank == [.lines([0x0A], firstLine: 1, firstOffset: 0)])
  }
}
