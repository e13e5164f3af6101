// A disk in memory that knows what was synced. POSIX's promises and no more: syncing a file does not
// make its name durable, a rename is atomic but not durable before its directory is synced.

import Glibc
import Storage
import Synchronization

/// A file system in memory that can crash, fail and lie.
public final class SimulatedFileSystem: FileSystem {
  struct Memory: Sendable {
    var disk: DiskState
    var calls = 0
    var faults: [Fault] = []
    var lies: Lies = []
    var byteBudget = Int.max
    var locks: Set<Int> = []
    /// By handle: the file and the position of a mark.
    var readers: [Int: (file: Int, position: UInt64)] = [:]
    var trace: [TraceEntry] = []
    var keepsHistory = false
    var history: [DiskState] = []
    var marks: [Int] = []
    var mark = 0
    var syncCount = 0
  }

  let memory: Mutex<Memory>
  /// Called before a rename with the state of the disk, for assertions on the order of calls.
  private let beforeRename: (@Sendable (DiskState, _ from: String, _ to: String) -> Void)?

  /// Makes a file system with the given content.
  public init(
    _ disk: DiskState = DiskState(),
    beforeRename: (@Sendable (DiskState, _ from: String, _ to: String) -> Void)? = nil
  ) {
    memory = Mutex(Memory(disk: disk))
    self.beforeRename = beforeRename
  }

  /// The present state.
  public var disk: DiskState { memory.withLock { $0.disk } }
  /// How many calls were made.
  public var callCount: Int { memory.withLock { $0.calls } }
  /// How many syncs of files and directories were made.
  public var syncCount: Int { memory.withLock { $0.syncCount } }
  /// The calls that changed or synced something.
  public var trace: [TraceEntry] { memory.withLock { $0.trace } }
  /// The failures to come.
  public var faults: [Fault] {
    get { memory.withLock { $0.faults } }
    set { memory.withLock { $0.faults = newValue } }
  }
  /// The lies in force.
  public var lies: Lies {
    get { memory.withLock { $0.lies } }
    set { memory.withLock { $0.lies = newValue } }
  }
  /// How many bytes all files together may have.
  public var byteBudget: Int {
    get { memory.withLock { $0.byteBudget } }
    set { memory.withLock { $0.byteBudget = newValue } }
  }

  /// Starts to keep the state after every change.
  public func recordHistory() {
    memory.withLock {
      $0.keepsHistory = true
      $0.history = [$0.disk]
      $0.marks = [$0.mark]
    }
  }

  /// Releases all locks, as the death of the processes that hold them does.
  public func releaseLocks() { memory.withLock { $0.locks = [] } }

  /// Notes something that the caller now relies on, such as a number of acknowledged batches; it
  /// holds for crashes from now on.
  public func setMark(_ mark: Int) {
    memory.withLock {
      $0.mark = mark
      if !$0.marks.isEmpty { $0.marks[$0.marks.count - 1] = mark }
    }
  }

  /// Every state that was kept, with the mark in force at its end.
  public var history: [(disk: DiskState, mark: Int)] {
    memory.withLock { Array(zip($0.history, $0.marks)).map { (disk: $0.0, mark: $0.1) } }
  }

  // MARK: FileSystem

  /// Creates an empty directory.
  public func createDirectory(_ path: String) throws(IOError) {
    try change(.createDirectory, path) { (memory) throws(IOError) in
      let (parent, name) = try Self.split(path, .createDirectory)
      guard memory.disk.directories[parent] != nil else {
        throw Self.error(ENOENT, .createDirectory, path)
      }
      guard memory.disk.directories[parent]?.visible[name] == nil else {
        throw Self.error(EEXIST, .createDirectory, path)
      }
      memory.apply(.link(name, .directory), in: parent)
      memory.disk.directories[path] = DirectoryEntries()
    }
  }

  /// Notes that a directory was made private; modes are the real file system's matter.
  public func setPrivate(_ path: String) throws(IOError) {
    try change(.setPrivate, path) { (memory) throws(IOError) in
      guard memory.disk.directories[path] != nil else {
        throw Self.error(ENOENT, .setPrivate, path)
      }
    }
  }

  /// Whether something is at the path.
  public func exists(_ path: String) throws(IOError) -> Bool {
    try call(.exists, path) { (memory) throws(IOError) in
      if memory.disk.directories[path] != nil { return true }
      let (parent, name) = try Self.split(path, .exists)
      return memory.disk.directories[parent]?.visible[name] != nil
    }
  }

  /// The names in a directory.
  public func list(_ directory: String) throws(IOError) -> [String] {
    try call(.list, directory) { (memory) throws(IOError) in
      guard let entries = memory.disk.directories[directory] else {
        throw Self.error(ENOENT, .list, directory)
      }
      return Array(entries.visible.keys)
    }
  }

  /// Opens a file; one whose last sync failed shows what the disk really has.
  public func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File {
    let number = try call(.open, path, takesSpace: mode == .create) { (memory) throws(IOError) in
      try memory.open(path, create: mode == .create)
    }
    return SimulatedFile(number, path: path, in: self)
  }

  /// Renames within one directory; not durable before that is synced.
  public func rename(_ from: String, to: String) throws(IOError) {
    if let beforeRename { beforeRename(disk, from, to) }
    try change(.rename, from, detail: "to " + (to.split(separator: "/").last ?? "")) {
      (memory) throws(IOError) in
      let (parent, name) = try Self.split(from, .rename)
      let (_, newName) = try Self.split(to, .rename)
      guard let node = memory.disk.directories[parent]?.visible[name] else {
        throw Self.error(ENOENT, .rename, from)
      }
      memory.apply(.rename(name, to: newName, node), in: parent)
    }
  }

  /// Removes a name; not durable before the directory is synced.
  public func remove(_ path: String) throws(IOError) {
    try change(.remove, path) { (memory) throws(IOError) in
      let (parent, name) = try Self.split(path, .remove)
      guard memory.disk.directories[parent]?.visible[name] != nil else {
        throw Self.error(ENOENT, .remove, path)
      }
      memory.apply(.unlink(name), in: parent)
    }
  }

  /// Makes a directory's entries durable, unless a lie is in force.
  public func syncDirectory(_ path: String) throws(IOError) {
    try change(.syncDirectory, path) { (memory) throws(IOError) in
      let key = path == "/" ? "" : path
      guard let entries = memory.disk.directories[key] else {
        throw Self.error(ENOENT, .syncDirectory, path)
      }
      memory.syncCount += 1
      if memory.ignoresSync(of: entries, at: key) { return }
      memory.disk.directories[key]?.durable = entries.visible
      memory.disk.directories[key]?.pending = []
    }
  }

  /// What is left of the byte budget.
  public func freeBytes(in directory: String) throws(IOError) -> Int {
    try call(.freeBytes, directory) { (memory) throws(IOError) in
      max(0, memory.byteBudget - memory.disk.byteCount)
    }
  }

  /// Takes a lock, which a simulated death releases with its handle.
  public func lock(_ path: String) throws(IOError) -> any FileLock {
    let number = try call(.lock, path, takesSpace: true) { (memory) throws(IOError) -> Int in
      let (parent, name) = try Self.split(path, .lock)
      let isThere = memory.disk.directories[parent]?.visible[name] != nil
      let number = try memory.open(path, create: !isThere)
      guard memory.locks.insert(number).inserted else {
        throw Self.error(EWOULDBLOCK, .lock, path)
      }
      return number
    }
    return SimulatedLock(number, in: self)
  }

  /// Whether a handle has the lock.
  public func isLocked(_ path: String) throws(IOError) -> Bool {
    try call(.lock, path) { (memory) throws(IOError) in
      let (parent, name) = try Self.split(path, .lock)
      guard case .file(let number) = memory.disk.directories[parent]?.visible[name] else {
        return false
      }
      return memory.locks.contains(number)
    }
  }

  /// Puts a mark on a file.
  public func mark(_ path: String, at position: UInt64) throws(IOError) -> any FileLock {
    let handle = try call(.lock, path) { (memory) throws(IOError) -> Int in
      let file = try memory.open(path, create: false)
      let handle = (memory.readers.keys.max() ?? 0) + 1
      memory.readers[handle] = (file, position)
      return handle
    }
    return SimulatedMark(handle, in: self)
  }

  /// Whether there is a mark below a position.
  public func hasMark(_ path: String, below position: UInt64) throws(IOError) -> Bool {
    try call(.lock, path) { (memory) throws(IOError) in
      let file = try memory.open(path, create: false)
      return memory.readers.values.contains { $0.file == file && $0.position < position }
    }
  }

  /// Creates a file that has no name.
  public func createNameless(in directory: String) throws(IOError) -> any File {
    let number = try memory.withLock { (memory) throws(IOError) -> Int in
      if let kind = memory.strike() {
        try Self.fail(kind, .open, directory, takesSpace: true, writes: true)
      }
      let number = memory.disk.nextInode
      memory.disk.nextInode += 1
      memory.disk.inodes[number] = Inode()
      return number
    }
    return SimulatedFile(number, path: directory + "/nameless", in: self)
  }

  // MARK: Helpers

  static func error(_ number: Int32, _ operation: IOError.Operation, _ path: String) -> IOError {
    IOError(errno: number, operation: operation, path: path)
  }

  static func split(
    _ path: String, _ operation: IOError.Operation
  ) throws(IOError) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { throw error(EINVAL, operation, path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  /// Makes one call that changes nothing, unless a fault strikes it.
  func call<R: Sendable>(
    _ operation: IOError.Operation, _ path: String, takesSpace: Bool = false,
    _ body: (inout Memory) throws(IOError) -> R
  ) throws(IOError) -> R {
    try memory.withLock { (memory) throws(IOError) -> R in
      if let kind = memory.strike() {
        try Self.fail(kind, operation, path, takesSpace: takesSpace, writes: takesSpace)
      }
      let before = memory.disk.nextInode
      let result = try body(&memory)
      if memory.disk.nextInode != before { memory.note(operation, path, "") }
      return result
    }
  }

  /// Makes one call that changes the disk, unless a fault strikes it.
  func change(
    _ operation: IOError.Operation, _ path: String, detail: String = "",
    _ body: (inout Memory) throws(IOError) -> Void
  ) throws(IOError) {
    try memory.withLock { (memory) throws(IOError) in
      if let kind = memory.strike() {
        try Self.fail(
          kind, operation, path, takesSpace: operation == .createDirectory, writes: true)
      }
      try body(&memory)
      memory.note(operation, path, detail)
    }
  }

  /// Throws what a fault means for a call; returns if it means nothing.
  static func fail(
    _ kind: Fault.Kind, _ operation: IOError.Operation, _ path: String, takesSpace: Bool,
    writes: Bool
  ) throws(IOError) {
    switch kind {
    case .inputOutput: throw error(EIO, operation, path)
    case .noSpace where takesSpace: throw error(ENOSPC, operation, path)
    case .readOnly where writes: throw error(EROFS, operation, path)
    default: return
    }
  }
}

extension SimulatedFileSystem.Memory {
  /// Counts a call and says whether a fault strikes it.
  mutating func strike() -> Fault.Kind? {
    defer { calls += 1 }
    return faults.first { $0.index == calls || ($0.isSticky && $0.index < calls) }?.kind
  }

  /// Notes a change in the trace and, if asked to, keeps the state after it.
  mutating func note(_ operation: IOError.Operation, _ path: String, _ detail: String) {
    trace.append(TraceEntry(operation: operation, path: path, detail: detail))
    guard keepsHistory else { return }
    history.append(disk)
    marks.append(mark)
  }

  mutating func apply(_ operation: DirectoryOperation, in directory: String) {
    guard var entries = disk.directories.removeValue(forKey: directory) else { return }
    DirectoryEntries.apply(operation, to: &entries.visible)
    entries.pending.append(operation)
    disk.directories[directory] = entries
  }

  mutating func open(_ path: String, create: Bool) throws(IOError) -> Int {
    let (parent, name) = try SimulatedFileSystem.split(path, .open)
    guard let entries = disk.directories[parent] else {
      throw SimulatedFileSystem.error(ENOENT, .open, path)
    }
    if create {
      guard entries.visible[name] == nil else {
        throw SimulatedFileSystem.error(EEXIST, .open, path)
      }
      let number = disk.nextInode
      disk.nextInode += 1
      disk.inodes[number] = Inode()
      apply(.link(name, .file(number)), in: parent)
      return number
    }
    switch entries.visible[name] {
    case nil: throw SimulatedFileSystem.error(ENOENT, .open, path)
    case .directory: throw SimulatedFileSystem.error(EISDIR, .open, path)
    case .file(let number):
      // What a failed sync lost is lost for everyone who opens the file again.
      if let bytes = disk.inodes[number]?.afterReopen {
        disk.inodes[number] = Inode(durable: bytes, visible: bytes)
      }
      return number
    }
  }

  func ignoresSync(of entries: DirectoryEntries, at path: String) -> Bool {
    if path == "" { return lies.contains(.noDirectorySyncAtCreation) }
    let renamed = entries.pending.contains { if case .rename = $0 { true } else { false } }
    let hasManifest = entries.durable["MANIFEST"] != nil
    if lies.contains(.noDirectorySyncAtCreation) && !hasManifest { return true }
    if lies.contains(.noDirectorySyncAfterRename) && renamed { return true }
    return lies.contains(.noDirectorySyncForSegments) && !renamed
  }
}

final class SimulatedLock: FileLock {
  private let number: Int
  private let system: SimulatedFileSystem

  init(_ number: Int, in system: SimulatedFileSystem) {
    self.number = number
    self.system = system
  }

  deinit { system.memory.withLock { _ = $0.locks.remove(number) } }
}

final class SimulatedMark: FileLock {
  private let handle: Int
  private let system: SimulatedFileSystem

  init(_ handle: Int, in system: SimulatedFileSystem) {
    self.handle = handle
    self.system = system
  }

  deinit { system.memory.withLock { _ = $0.readers.removeValue(forKey: handle) } }
}
