// A file system that holds up every thread but the test's own, so that concurrent work stands
// exactly where the test wants it, without a clock.

import Foundation
import Glibc
import Storage

/// A gate that other threads than the one which made it wait at.
///
/// Safe because: everything that changes does so under the condition's lock.
final class Gate: @unchecked Sendable {
  private let owner = pthread_self()
  private let condition = NSCondition()
  private var isOpen = true
  private var arrivals = 0

  /// Whether the calling thread is the one that made the gate.
  var isOwner: Bool { pthread_equal(owner, pthread_self()) != 0 }

  func close() { change { isOpen = false } }
  func open() { change { isOpen = true } }

  /// Waits until another thread stands at the gate.
  func waitForArrival() {
    condition.lock()
    while arrivals == 0 { condition.wait() }
    condition.unlock()
  }

  /// Waits until the gate is open; its owner passes.
  func pass() {
    guard !isOwner else { return }
    condition.lock()
    arrivals += 1
    condition.broadcast()
    while !isOpen { condition.wait() }
    arrivals -= 1
    condition.unlock()
  }

  private func change(_ body: () -> Void) {
    condition.lock()
    body()
    condition.broadcast()
    condition.unlock()
  }
}

/// The real file system with a gate: reads of other threads wait there.
///
/// Safe because: the flag changes under the gate's owner's hands only while other threads stand still.
final class GatedFileSystem: FileSystem, @unchecked Sendable {
  let gate = Gate()
  /// Whether run files find no space.
  var isFull = false
  private let base = PosixFileSystem()

  func createDirectory(_ path: String) throws(IOError) { try base.createDirectory(path) }
  func setPrivate(_ path: String) throws(IOError) { try base.setPrivate(path) }
  func exists(_ path: String) throws(IOError) -> Bool { try base.exists(path) }
  func list(_ directory: String) throws(IOError) -> [String] { try base.list(directory) }
  func rename(_ from: String, to: String) throws(IOError) { try base.rename(from, to: to) }
  func remove(_ path: String) throws(IOError) { try base.remove(path) }
  func syncDirectory(_ path: String) throws(IOError) { try base.syncDirectory(path) }
  func freeBytes(in directory: String) throws(IOError) -> Int {
    try base.freeBytes(in: directory)
  }
  func lock(_ path: String) throws(IOError) -> any FileLock { try base.lock(path) }
  func createNameless(in directory: String) throws(IOError) -> any File {
    try base.createNameless(in: directory)
  }

  func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File {
    if isFull, case .create = mode, path.hasSuffix(".run") {
      throw IOError(errno: ENOSPC, operation: .open, path: path)
    }
    return GatedFile(try base.open(path, mode), gate)
  }
}

private final class GatedFile: File {
  private let base: any File
  private let gate: Gate

  init(_ base: any File, _ gate: Gate) {
    self.base = base
    self.gate = gate
  }

  var path: String { base.path }
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int {
    gate.pass()
    return try base.read(at: offset, into: buffer)
  }
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int {
    try base.write(bytes, at: offset)
  }
  func syncData() throws(IOError) { try base.syncData() }
  func truncate(to size: Int) throws(IOError) { try base.truncate(to: size) }
  func allocate(upTo end: Int) throws(IOError) { try base.allocate(upTo: end) }
  func size() throws(IOError) -> Int { try base.size() }
  func map() throws(IOError) -> MappedFile { try base.map() }
}
