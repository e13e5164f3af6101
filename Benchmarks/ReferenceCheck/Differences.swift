// What differs between a store and the reference: counted in full, reported in part.

/// Differences, of which the first few are kept in words.
public struct Differences: Sendable {
  private static let linesMax = 30
  private static let perSubjectMax = 2

  /// How many there are.
  public private(set) var count = 0
  /// The first few.
  public private(set) var lines: [String] = []
  /// How many there are of each definition.
  public private(set) var bySubject: [String: Int] = [:]

  mutating func add(_ subject: String, _ text: String) {
    count += 1
    bySubject[subject, default: 0] += 1
    guard lines.count < Self.linesMax, bySubject[subject, default: 0] <= Self.perSubjectMax else {
      return
    }
    lines.append("\(subject): \(text)")
  }

  mutating func add(_ other: Differences) {
    count += other.count
    bySubject.merge(other.bySubject) { $0 + $1 }
    lines += other.lines.prefix(max(0, Self.linesMax - lines.count))
  }

  mutating func check<T: Equatable>(_ found: T, _ expected: T, _ subject: String) {
    if found != expected { add(subject, "found \(found), expected \(expected)") }
  }
}
