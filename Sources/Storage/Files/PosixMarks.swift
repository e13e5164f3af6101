// Marks on the ranges of a file: who reads which state of a store, and whether a writer is alive. They
// are locks of the open file description, so they go with the process, even if it is killed.

import Glibc

extension PosixFile {
  /// Where the holder of the exclusive lock has its own mark: after every position that is asked about.
  private static let holderPosition: UInt64 = 1 << 62

  // Linux's F_OFD_GETLK and F_OFD_SETLK, which Glibc shows to GNU programs only.
  private static let getCommand: Int32 = 36
  private static let setCommand: Int32 = 37

  /// Marks this file as locked, for those who ask without taking the lock.
  ///
  /// Only for information, so a file system that cannot do it is not an error.
  func markHeld() { _ = try? set(F_WRLCK, at: Self.holderPosition) }

  /// Whether another handle has called `markHeld`.
  func isMarkedHeld() throws(IOError) -> Bool {
    try hasConflict(from: Self.holderPosition, count: 1)
  }

  /// Puts a mark at a position.
  func mark(at position: UInt64) throws(IOError) {
    try set(F_RDLCK, at: min(position, Self.holderPosition - 1))
  }

  /// Whether another handle has a mark below a position.
  func hasMark(below position: UInt64) throws(IOError) -> Bool {
    // A length of 0 would mean everything.
    guard position > 0 else { return false }
    return try hasConflict(from: 0, count: min(position, Self.holderPosition - 1))
  }

  private func set(_ kind: Int32, at position: UInt64) throws(IOError) {
    var range = Self.range(kind, from: position, count: 1)
    try call(Self.setCommand, &range)
  }

  private func hasConflict(from start: UInt64, count: UInt64) throws(IOError) -> Bool {
    var range = Self.range(F_WRLCK, from: start, count: count)
    try call(Self.getCommand, &range)
    return Int32(range.l_type) != F_UNLCK
  }

  private static func range(_ kind: Int32, from start: UInt64, count: UInt64) -> flock {
    var range = flock()
    range.l_type = Int16(kind)
    range.l_whence = Int16(SEEK_SET)
    range.l_start = off_t(start)
    range.l_len = off_t(count)
    return range
  }

  private func call(_ command: Int32, _ range: inout flock) throws(IOError) {
    let descriptor = descriptor
    let done = withUnsafeMutablePointer(to: &range) {
      fcntl(descriptor, command, UnsafeMutableRawPointer($0))
    }
    guard done == 0 else { throw IOError(errno: errno, operation: .lock, path: path) }
  }
}

/// A mark; the kernel takes it away when the file is closed.
final class PosixMark: FileLock {
  private let file: PosixFile

  init(_ file: PosixFile) { self.file = file }
}
