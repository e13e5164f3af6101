// Bitmaps against sets: every pair of container shapes under every operation, random edits with
// copies, and the portable format with all its damage.

import Bytes
import Roaring
import Testing

/// Values that make CRoaring use every kind of container, at both ends of a container's range.
private let shapes: [(name: String, values: Set<UInt32>)] = [
  ("empty", []),
  ("first", [0]),
  ("last of container", [65535]),
  ("both ends", [0, 65535, 65536, 131_071]),
  ("highest", [UInt32.max, UInt32.max - 1]),
  ("sparse", Set((0..<300).map { $0 * 211 })),
  ("largest array", Set((0..<4096).map { $0 * 15 })),
  ("smallest bitset", Set((0..<4097).map { $0 * 15 + 1 })),
  ("odd bitset", Set((0..<9000).map { $0 * 7 + 1 })),
  ("one run", Set(100..<9000)),
  ("full container", Set(0..<65536)),
  ("runs", Set((0..<500).flatMap { run in (run * 100)..<(run * 100 + 60) })),
  ("across containers", Set(60_000..<70_000)),
  ("five containers", Set((0..<50).map { $0 * 7001 })),
]

private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return HashSeed.mix(state)
  }
}

private func variants(_ values: Set<UInt32>) -> [Bitmap] {
  let plain = Bitmap(values.sorted())
  var optimized = plain
  optimized.optimize()
  return [plain, optimized]
}

/// Union, intersection, difference and symmetric difference of ascending arrays, by walking both.
private func combine(_ a: [UInt32], _ b: [UInt32]) -> [[UInt32]] {
  var result: [[UInt32]] = [[], [], [], []]
  var (i, j) = (0, 0)
  while i < a.count || j < b.count {
    let value = min(i < a.count ? a[i] : .max, j < b.count ? b[j] : .max)
    let (isInA, isInB) = (i < a.count && a[i] == value, j < b.count && b[j] == value)
    result[0].append(value)
    if isInA, isInB { result[1].append(value) }
    if isInA, !isInB { result[2].append(value) }
    if isInA != isInB { result[3].append(value) }
    i += isInA ? 1 : 0
    j += isInB ? 1 : 0
  }
  return result
}

private func read(_ bytes: [UInt8]) throws(DecodeError) -> Bitmap {
  try Bitmap(validating: bytes.span.bytes)
}

@Suite struct BitmapTests {
  @Test(arguments: shapes.indices, shapes.indices)
  func algebraEqualsSets(left: Int, right: Int) {
    let (a, b) = (shapes[left].values, shapes[right].values)
    let expected = combine(a.sorted(), b.sorted())
    let label = Comment(rawValue: "\(shapes[left].name) with \(shapes[right].name)")
    let (p, q) = (Bitmap(a.sorted()), Bitmap(b.sorted()))
    let results = [
      p.union(q), p.intersection(q), p.subtracting(q), p.symmetricDifference(q),
    ]
    for (result, expected) in zip(results, expected) {
      #expect(result.toArray() == expected, label)
    }
    for x in variants(a) {
      for y in variants(b) {
        #expect(x.union(y) == results[0], label)
        #expect(x.intersection(y) == results[1], label)
        #expect(x.intersectionCount(y) == expected[1].count, label)
        #expect(x.subtracting(y) == results[2], label)
        #expect(x.symmetricDifference(y) == results[3], label)
        #expect((x == y) == (a == b), label)
      }
    }
  }

  @Test(arguments: shapes.indices)
  func everyShapeReadsBack(index: Int) throws {
    let values = shapes[index].values
    for bitmap in variants(values) {
      let bytes = bitmap.serialized()
      let view = try BitmapView(validating: bytes.span.bytes)
      let (again, count, isEmpty) = (Bitmap(view), view.count, view.isEmpty)
      #expect(try read(bytes) == bitmap)
      #expect(again == bitmap)
      #expect(bitmap.count == values.count)
      #expect(count == values.count)
      #expect(isEmpty == values.isEmpty && bitmap.isEmpty == values.isEmpty)
      var seen: [UInt32] = []
      view.forEach { seen.append($0) }
      #expect(seen == values.sorted())
      seen.removeAll()
      bitmap.forEach { seen.append($0) }
      #expect(seen == values.sorted())
      for value in values.prefix(300).flatMap({ [$0, $0 &+ 1, $0 &- 1, $0 ^ 65536] }) {
        let isInView = view.contains(value)
        #expect(isInView == values.contains(value))
        #expect(bitmap.contains(value) == values.contains(value))
      }
    }
  }

  @Test(arguments: UInt64(0)..<8)
  func editsEqualSetAndCopiesStay(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var bitmap = Bitmap()
    var expected: Set<UInt32> = []
    var copies: [(Bitmap, Set<UInt32>)] = []
    for _ in 0..<4000 {
      let value = UInt32.random(in: 0..<(seed % 2 == 0 ? 500 : 200_000), using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6: #expect(bitmap.add(value) == expected.insert(value).inserted)
      case 6..<9: #expect(bitmap.remove(value) == (expected.remove(value) != nil))
      default:
        if Int.random(in: 0..<40, using: &random) == 0 { copies.append((bitmap, expected)) }
      }
    }
    copies.append((bitmap, expected))
    for (bitmap, expected) in copies { #expect(bitmap.toArray() == expected.sorted()) }
  }

  @Test func forEachStopsAtAnError() {
    struct Stop: Error {}
    let bitmap = Bitmap(0..<1000)
    var seen = 0
    #expect(throws: Stop.self) {
      try bitmap.forEach { (value) throws(Stop) in
        if value == 10 { throw Stop() }
        seen += 1
      }
    }
    #expect(seen == 10)
  }
}

@Suite struct PortableFormatTests {
  @Test func bytesFollowTheSpecification() throws {
    // Two array containers: {1, 5} and {65536 + 9}.
    let arrays: [UInt8] = [
      0x3A, 0x30, 0, 0, 2, 0, 0, 0,
      0, 0, 1, 0, 1, 0, 0, 0,
      24, 0, 0, 0, 28, 0, 0, 0,
      1, 0, 5, 0, 9, 0,
    ]
    #expect(Bitmap([1, 5, 65545] as [UInt32]).serialized() == arrays)
    #expect(try read(arrays).toArray() == [1, 5, 65545])
    // One run container, 10 ... 109: no offsets below four containers.
    let run: [UInt8] = [0x3B, 0x30, 0, 0, 1, 0, 0, 99, 0, 1, 0, 10, 0, 99, 0]
    var bitmap = Bitmap(10..<110)
    bitmap.optimize()
    #expect(bitmap.serialized() == run)
    #expect(try read(run) == bitmap)
    #expect(Bitmap().serialized() == [0x3A, 0x30, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: shapes.indices)
  func truncationAndTrailingBytesAreErrors(index: Int) {
    for bitmap in variants(shapes[index].values) {
      let bytes = bitmap.serialized()
      let step = max(1, bytes.count / 700)
      for length in stride(from: 0, to: bytes.count, by: step) {
        #expect(throws: DecodeError.self) { try read(Array(bytes[..<length])) }
      }
      #expect(throws: DecodeError.self) { try read(bytes + [0]) }
    }
  }

  @Test(arguments: shapes.indices)
  func damageIsAnErrorOrAnotherSet(index: Int) throws {
    var random = SeededGenerator(state: UInt64(index))
    for bitmap in variants(shapes[index].values) {
      let bytes = bitmap.serialized()
      for round in 0..<300 {
        var damaged = bytes
        // Mostly in the headers, where a wrong number does harm.
        let reach = round % 4 == 0 ? bytes.count : min(bytes.count, 60)
        for _ in 0...(round % 2) {
          damaged[Int.random(in: 0..<reach, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
        guard let view = try? BitmapView(validating: damaged.span.bytes) else { continue }
        // What passes is a set in itself: ascending, as many as it says, and CRoaring agrees.
        let (again, count) = (Bitmap(view), view.count)
        #expect(again.count == count)
        if round % 20 == 0, count < 70_000 {
          var seen: [UInt32] = []
          view.forEach { seen.append($0) }
          #expect(seen == again.toArray())
        }
      }
    }
  }

  @Test func unorderedKeysValuesAndRunsAreErrors() {
    let hostile: [[UInt8]] = [
      // Two containers with the same key.
      [0x3A, 0x30, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0, 26, 0, 0, 0, 1, 0, 2, 0],
      // Values 5, 1.
      [0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 5, 0, 1, 0],
      // An offset that points elsewhere.
      [0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 5, 0],
      // A run beyond 65535.
      [0x3B, 0x30, 0, 0, 1, 0, 0, 99, 0, 1, 0, 0xFF, 0xFF, 99, 0],
      // Runs that overlap.
      [0x3B, 0x30, 0, 0, 1, 0, 0, 3, 0, 2, 0, 10, 0, 1, 0, 11, 0, 1, 0],
      // No runs.
      [0x3B, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      // A flag for a container that is not there.
      [0x3B, 0x30, 0, 0, 3, 0, 0, 99, 0, 1, 0, 10, 0, 99, 0],
      // 2^32 - 1 containers.
      [0x3A, 0x30, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
    ]
    for bytes in hostile {
      #expect(throws: DecodeError.self) { try read(bytes) }
    }
  }
}
