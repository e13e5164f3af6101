// What a reader sees of the file system: nothing of a store can be changed, and files that it makes, for what does not
// fit into memory, are its own. They have no names, since a writer chooses those in the store's directory, go with the
// process, and are on the store's own disk, where its data belong.

import Glibc
import Synchronization

/// A file system whose new files exist for this object only; everything else is that of another.
final class ScratchFiles: FileSystem {
  private let base: any FileSystem
  private let files = Mutex<[String: any File]>([:])

  init(in base: any FileSystem) { self.base = base }

  func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File {
    if let file = files.withLock({ $0[path] }) { return file }
    switch mode {
    case .read: return try base.open(path, mode)
    case .readWrite: throw refusal(.open, path)
    case .create: break
    }
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let file = ScratchFile(try base.createNameless(in: String(path[..<slash])))
    files.withLock { $0[path] = file }
    return file
  }

  func remove(_ path: String) throws(IOError) {
    let file = files.withLock { $0.removeValue(forKey: path) }
    if file == nil { throw refusal(.remove, path) }
  }

  func exists(_ path: String) throws(IOError) -> Bool { try base.exists(path) }
  func list(_ directory: String) throws(IOError) -> [String] { try base.list(directory) }
  func freeBytes(in directory: String) throws(IOError) -> Int { try base.freeBytes(in: directory) }

  func createDirectory(_ path: String) throws(IOError) { throw refusal(.createDirectory, path) }
  func setPrivate(_ path: String) throws(IOError) { throw refusal(.setPrivate, path) }
  func rename(_ from: String, to: String) throws(IOError) { throw refusal(.rename, from) }
  func syncDirectory(_ path: String) throws(IOError) { throw refusal(.syncDirectory, path) }
  func lock(_ path: String) throws(IOError) -> any FileLock { throw refusal(.lock, path) }
  func isLocked(_ path: String) throws(IOError) -> Bool { try base.isLocked(path) }
  func mark(_ path: String, at position: UInt64) throws(IOError) -> any FileLock {
    try base.mark(path, at: position)
  }
  func hasMark(_ path: String, below position: UInt64) throws(IOError) -> Bool {
    try base.hasMark(path, below: position)
  }
  func createNameless(in directory: String) throws(IOError) -> any File {
    try base.createNameless(in: directory)
  }

  private func refusal(_ operation: IOError.Operation, _ path: String) -> IOError {
    IOError(errno: EROFS, operation: operation, path: path)
  }
}

/// A file that nobody needs after a crash.
private final class ScratchFile: File {
  private let base: any File

  init(_ base: any File) { self.base = base }

  var path: String { base.path }
  func syncData() throws(IOError) {}

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int {
    try base.read(at: offset, into: buffer)
  }
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int {
    try base.write(bytes, at: offset)
  }
  func truncate(to size: Int) throws(IOError) { try base.truncate(to: size) }
  func allocate(upTo end: Int) throws(IOError) { try base.allocate(upTo: end) }
  func size() throws(IOError) -> Int { try base.size() }
  func map() throws(IOError) -> MappedFile { try base.map() }
}
