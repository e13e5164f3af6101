// A file system in memory for the tests of tables: whole files, and failures on demand. What a crash
// leaves behind is the simulated disk's matter; here only the bytes count.

import Bytes
import Glibc
import Storage
import Synchronization

/// Files by path.
final class MemoryFiles: FileSystem {
  struct State: Sendable {
    var files: [String: [UInt8]] = [:]
    /// The number of further writes and syncs that succeed.
    var credit = Int.max
    var syncs = 0
  }

  let state = Mutex(State())

  subscript(path: String) -> [UInt8]? {
    get { state.withLock { $0.files[path] } }
    set { state.withLock { $0.files[path] = newValue } }
  }

  var names: [String] { state.withLock { $0.files.keys.sorted() } }
  var syncs: Int { state.withLock { $0.syncs } }

  /// Lets `count` writes and syncs succeed and all later ones fail.
  func allow(_ count: Int) { state.withLock { $0.credit = count } }

  func spend(_ operation: IOError.Operation, _ path: String) throws(IOError) {
    let isSpent = state.withLock {
      $0.credit -= 1
      return $0.credit < 0
    }
    if isSpent { throw IOError(errno: ENOSPC, operation: operation, path: path) }
  }

  func createDirectory(_ path: String) throws(IOError) {}
  func setPrivate(_ path: String) throws(IOError) {}
  func exists(_ path: String) throws(IOError) -> Bool { self[path] != nil }
  func list(_ directory: String) throws(IOError) -> [String] { names }
  func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File {
    let exists = self[path] != nil
    if case .create = mode {
      if exists { throw IOError(errno: EEXIST, operation: .open, path: path) }
      self[path] = []
    } else if !exists {
      throw IOError(errno: ENOENT, operation: .open, path: path)
    }
    return MemoryFile(path, self)
  }
  func rename(_ from: String, to: String) throws(IOError) {
    self[to] = self[from]
    self[from] = nil
  }
  func remove(_ path: String) throws(IOError) { self[path] = nil }
  func syncDirectory(_ path: String) throws(IOError) {}
  func freeBytes(in directory: String) throws(IOError) -> Int { .max }
  func lock(_ path: String) throws(IOError) -> any FileLock { MemoryLock() }
  func createNameless(in directory: String) throws(IOError) -> any File {
    throw IOError(errno: ENOTSUP, operation: .open, path: directory)
  }
}

final class MemoryLock: FileLock {}

final class MemoryFile: File {
  let path: String
  private let files: MemoryFiles

  init(_ path: String, _ files: MemoryFiles) {
    self.path = path
    self.files = files
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int {
    let bytes = (files[path] ?? []).dropFirst(offset).prefix(buffer.count)
    buffer.copyBytes(from: bytes)
    return bytes.count
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int {
    try files.spend(.write, path)
    // Short writes are legal: a caller that ignores the count would lose bytes.
    let count = bytes.count > 1000 ? bytes.count - 100 : bytes.count
    let piece = Array(bytes.prefix(count))
    files.state.withLock {
      var content = $0.files[path] ?? []
      let missing = offset + count - content.count
      if missing > 0 { content.append(contentsOf: repeatElement(0, count: missing)) }
      content.replaceSubrange(offset..<(offset + count), with: piece)
      $0.files[path] = content
    }
    return count
  }

  func syncData() throws(IOError) {
    try files.spend(.syncData, path)
    files.state.withLock { $0.syncs += 1 }
  }
  func truncate(to size: Int) throws(IOError) {}
  func allocate(upTo end: Int) throws(IOError) {}
  func size() throws(IOError) -> Int { files[path]?.count ?? 0 }
  func map() throws(IOError) -> MappedFile { MappedFile(copying: files[path] ?? []) }
}

/// A store's directory as far as tables need one: files, numbers and the manifest's list of runs.
struct RunDirectory {
  let files = MemoryFiles()
  var runs: [RunEntry] = []
  var nextNumber: UInt64 = 1

  mutating func flush(_ table: some DerivedTable) throws(StoreError) -> RunEdit {
    let edit = try table.flush(to: "/s", fileSystem: files) { () throws(StoreError) in
      nextNumber += 1
      return nextNumber - 1
    }
    apply(edit, Run.fileName)
    return edit
  }

  /// Begins a flush, which the caller works on and finishes.
  mutating func beginFlush(_ table: some DerivedTable) throws(StoreError) -> PendingFlush? {
    try table.pendingFlush(to: "/s", fileSystem: files) { () throws(StoreError) in
      nextNumber += 1
      return nextNumber - 1
    }
  }

  mutating func finish(_ flush: PendingFlush) throws(StoreError) {
    apply(try flush.finish(), Run.fileName)
  }

  mutating func flush(_ queue: TimerQueue, now: Timestamp) throws(StoreError) -> RunEdit {
    let edit = try queue.flush(now: now, to: "/s", fileSystem: files) { () throws(StoreError) in
      nextNumber += 1
      return nextNumber - 1
    }
    apply(edit, TimerRun.fileName)
    return edit
  }

  private mutating func apply(_ edit: RunEdit, _ name: (UInt64) -> String) {
    runs.removeAll { edit.removed.contains($0.file) }
    runs += edit.added
    for file in edit.removed { files["/s/" + name(file)] = nil }
  }

  func openTimers(after instant: Timestamp) throws(StoreError) -> TimerQueue {
    var opened: [TimerRun] = []
    for entry in runs { opened.append(try TimerRun.open(entry, in: "/s", fileSystem: files)) }
    return try TimerQueue(runs: opened, after: instant)
  }

  func openRows(id: UInt16) throws(StoreError) -> RowTable {
    try RowTable(id: id, files: runs, in: "/s", fileSystem: files)
  }

  func open(id: UInt16, kind: TableKind) throws(StoreError) -> Table {
    var opened: [Run] = []
    for entry in runs { opened.append(try Run.open(entry, in: "/s", fileSystem: files)) }
    return Table(id: id, kind: kind, runs: opened)
  }
}
