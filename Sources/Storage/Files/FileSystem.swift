// The seam between the engine and the disk. Everything the engine does to files goes through these
// two protocols, so that tests can put a simulated disk below it. They are plain existentials:
// a system call costs far more than the dynamic dispatch.

/// How a file is opened.
public enum OpenMode: Sendable {
  /// For reading and writing; the file must not exist (mode 0600).
  case create
  /// For reading and writing; the file must exist.
  case readWrite
  /// For reading; the file must exist.
  case read
}

/// The calls about paths.
///
/// Nothing is durable before the matching sync: a file's bytes after `File.syncData`, a directory's
/// entries (creation, rename, removal) after `syncDirectory`.
public protocol FileSystem: AnyObject, Sendable {
  /// Creates a directory with mode 0700; fails with EEXIST if the path exists.
  func createDirectory(_ path: String) throws(IOError)
  /// Gives an existing directory mode 0700.
  func setPrivate(_ path: String) throws(IOError)
  /// Whether something is at the path.
  func exists(_ path: String) throws(IOError) -> Bool
  /// The names in a directory, without `.` and `..`, in no order.
  func list(_ directory: String) throws(IOError) -> [String]
  /// Opens a regular file; never follows a symbolic link in the last part of the path.
  func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File
  /// Creates a regular file as `open` does; what root creates belongs to the owner of `directory`, which
  /// need not be the one that it is in.
  func create(_ path: String, forOwnerOf directory: String) throws(IOError) -> any File
  /// Renames atomically, replacing what is at `to`.
  func rename(_ from: String, to: String) throws(IOError)
  /// Removes a file's name; open handles and maps of it stay valid.
  func remove(_ path: String) throws(IOError)
  /// Makes a directory's entries durable; follows a symbolic link.
  func syncDirectory(_ path: String) throws(IOError)
  /// How many bytes files in a directory could grow by, as the file system says; a quota may allow less.
  func freeBytes(in directory: String) throws(IOError) -> Int
  /// Takes the exclusive lock on a file, which it creates if needed; fails with EWOULDBLOCK if
  /// another handle has it. Held until the result is released.
  func lock(_ path: String) throws(IOError) -> any FileLock
  /// Whether a handle has the exclusive lock on a file; takes none, so nobody who wants it is refused.
  func isLocked(_ path: String) throws(IOError) -> Bool
  /// Puts a mark at a position of a file, which must exist; it stays until the result is released.
  ///
  /// Marks hinder nobody: neither each other nor the lock. Any number may be at one position.
  func mark(_ path: String, at position: UInt64) throws(IOError) -> any FileLock
  /// Whether another handle has a mark on a file below a position.
  func hasMark(_ path: String, below position: UInt64) throws(IOError) -> Bool
  /// Creates a regular file (mode 0600) that has no name in the directory and goes with its last handle.
  func createNameless(in directory: String) throws(IOError) -> any File
}

extension FileSystem {
  /// Creates a file on a file system without owners.
  public func create(_ path: String, forOwnerOf directory: String) throws(IOError) -> any File {
    try open(path, .create)
  }

  /// On a file system without locks.
  public func isLocked(_ path: String) throws(IOError) -> Bool { false }

  /// On a file system without locks.
  public func mark(_ path: String, at position: UInt64) throws(IOError) -> any FileLock {
    NoLock()
  }

  /// On a file system without locks.
  public func hasMark(_ path: String, below position: UInt64) throws(IOError) -> Bool { false }
}

/// What stands for a mark where nothing is locked.
private final class NoLock: FileLock {}

/// A lock or a mark, held for the life of the object.
public protocol FileLock: AnyObject, Sendable {
  /// Says where the holder can be reached: the absolute path of a Unix socket.
  func announce(_ address: String)
}

extension FileLock {
  /// Does nothing where nobody else can read it.
  public func announce(_ address: String) {}
}

/// The calls about one open file.
///
/// Closed when the last reference goes.
public protocol File: AnyObject, Sendable {
  /// The path it was opened under.
  var path: String { get }
  /// Reads up to the buffer's size from `offset`; fewer bytes are legal, 0 is the end of the file.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int
  /// Writes a prefix of `bytes` at `offset` and returns its length; short writes are legal.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int
  /// Makes the file's bytes and size durable (`fdatasync`). Never repeat it after a failure: the
  /// system may have dropped the bytes and would report success.
  func syncData() throws(IOError)
  /// Sets the file's size; new bytes are zero.
  func truncate(to size: Int) throws(IOError)
  /// Allocates blocks so that writes below `end` cannot run out of space; grows the file to `end`
  /// if it is shorter. After a failure it may have grown part of the way.
  func allocate(upTo end: Int) throws(IOError)
  /// The file's size in bytes.
  func size() throws(IOError) -> Int
  /// Maps the whole file read-only. Only for files that are never written again.
  func map() throws(IOError) -> MappedFile
}
