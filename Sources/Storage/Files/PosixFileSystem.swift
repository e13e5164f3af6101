// The seam on Linux: system calls on paths. Every descriptor is close-on-exec and above 2, so that
// neither a child process nor a stray write to standard output can reach a store's file.

import Glibc

/// The operating system's file system.
public final class PosixFileSystem: FileSystem {
  /// Makes the file system; it has no state.
  public init() {}

  /// Creates a directory with mode 0700.
  public func createDirectory(_ path: String) throws(IOError) {
    try check(mkdir(path, 0o700), .createDirectory, path)
  }

  /// Gives an existing directory mode 0700.
  public func setPrivate(_ path: String) throws(IOError) {
    try check(chmod(path, 0o700), .setPrivate, path)
  }

  /// Whether something, even a dangling symbolic link, is at the path.
  public func exists(_ path: String) throws(IOError) -> Bool {
    var status = stat()
    if lstat(path, &status) == 0 { return true }
    let number = errno
    if number == ENOENT || number == ENOTDIR { return false }
    throw IOError(errno: number, operation: .exists, path: path)
  }

  /// The names in a directory.
  public func list(_ directory: String) throws(IOError) -> [String] {
    guard let stream = opendir(directory) else {
      throw IOError(errno: errno, operation: .list, path: directory)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      // The name is read in place: the entry's declared size is larger than what readdir filled.
      guard let field = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
      let name = String(
        cString: UnsafeRawPointer(entry).advanced(by: field).assumingMemoryBound(to: CChar.self))
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw IOError(errno: errno, operation: .list, path: directory) }
    return names
  }

  /// Opens a regular file.
  public func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File {
    let flags: Int32 =
      switch mode {
      case .create: O_RDWR | O_CREAT | O_EXCL
      case .readWrite: O_RDWR
      case .read: O_RDONLY
      }
    let file = PosixFile(try openDescriptor(path, flags, .open), path: path)
    try file.requireRegular()
    if mode == .create { try give(file, toOwnerOf: Self.folder(of: path), .open) }
    return file
  }

  /// Creates a regular file that belongs to the owner of a directory.
  public func create(_ path: String, forOwnerOf directory: String) throws(IOError) -> any File {
    let file = PosixFile(try openDescriptor(path, O_RDWR | O_CREAT | O_EXCL, .open), path: path)
    try file.requireRegular()
    try give(file, toOwnerOf: directory, .open)
    return file
  }

  /// Renames atomically.
  public func rename(_ from: String, to: String) throws(IOError) {
    try check(Glibc.rename(from, to), .rename, from)
  }

  /// Removes a file's name.
  public func remove(_ path: String) throws(IOError) {
    try check(unlink(path), .remove, path)
  }

  /// Makes a directory's entries durable.
  public func syncDirectory(_ path: String) throws(IOError) {
    // Links are followed: a store, or the folder of a destination's file, may be named by one.
    let descriptor = try openDescriptor(
      path, O_RDONLY | O_DIRECTORY, .syncDirectory, followingLinks: true)
    defer { close(descriptor) }
    try check(fsync(descriptor), .syncDirectory, path)
  }

  /// How much space unprivileged processes have left, by `statvfs`.
  public func freeBytes(in directory: String) throws(IOError) -> Int {
    var status = statvfs()
    // By type: the struct has the function's name.
    let call: (UnsafePointer<CChar>, UnsafeMutablePointer<statvfs>) -> Int32 = statvfs
    var result: Int32
    repeat { result = call(directory, &status) } while result != 0 && errno == EINTR
    try check(result, .freeBytes, directory)
    let (bytes, isOver) = UInt64(status.f_bavail).multipliedReportingOverflow(
      by: UInt64(status.f_frsize))
    return isOver ? .max : Int(clamping: bytes)
  }

  /// Takes the exclusive lock on a file.
  ///
  /// `flock`, not `fcntl`: the latter's lock is lost when the process closes any other descriptor
  /// of the same file. As long as the lock is held the file names the process, for those who wait.
  public func lock(_ path: String) throws(IOError) -> any FileLock {
    let file = try openLock(path)
    try file.requireRegular()
    while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      guard number == EINTR else { throw IOError(errno: number, operation: .lock, path: path) }
    }
    file.markHeld()
    return PosixLock(file)
  }

  /// Whether a handle has the exclusive lock.
  public func isLocked(_ path: String) throws(IOError) -> Bool {
    do {
      return try PosixFile(openDescriptor(path, O_RDONLY, .lock), path: path).isMarkedHeld()
    } catch {
      guard error.errno == ENOENT else { throw error }
      return false
    }
  }

  /// Puts a mark at a position of a file.
  public func mark(_ path: String, at position: UInt64) throws(IOError) -> any FileLock {
    let file = PosixFile(try openDescriptor(path, O_RDONLY, .lock), path: path)
    try file.mark(at: position)
    return PosixMark(file)
  }

  /// Whether another handle has a mark below a position.
  public func hasMark(_ path: String, below position: UInt64) throws(IOError) -> Bool {
    try PosixFile(openDescriptor(path, O_RDONLY, .lock), path: path).hasMark(below: position)
  }

  /// Linux's O_TMPFILE, which Glibc shows to GNU programs only.
  private static let nameless = 0o20_000_000 | O_DIRECTORY
  private static let scratchNumbers = FileNumbers(next: 0)

  /// Creates a file without a name.
  ///
  /// Where the file system cannot, it has one for a moment; an opening for writing removes what a process that was
  /// killed just then leaves behind.
  public func createNameless(in directory: String) throws(IOError) -> any File {
    do throws(IOError) {
      let descriptor = try openDescriptor(
        directory, O_RDWR | Self.nameless, .open, followingLinks: true)
      return PosixFile(descriptor, path: directory + "/" + StoreFile.scratch)
    } catch {
      guard [EOPNOTSUPP, EISDIR, ENOENT].contains(error.errno) else { throw error }
    }
    while true {
      let name = StoreFile.scratch + "\(getpid())-\(Self.scratchNumbers.allocate())"
      do throws(IOError) {
        let file = try open(directory + "/" + name, .create)
        unlink(file.path)
        return file
      } catch {
        // That of a process which was killed, under the same number.
        guard error.errno == EEXIST else { throw error }
      }
    }
  }

  private func openLock(_ path: String) throws(IOError) -> PosixFile {
    while true {
      do {
        let file = PosixFile(
          try openDescriptor(path, O_RDWR | O_CREAT | O_EXCL, .lock), path: path)
        try give(file, toOwnerOf: Self.folder(of: path), .lock)
        return file
      } catch {
        guard error.errno == EEXIST else { throw error }
      }
      do {
        return PosixFile(try openDescriptor(path, O_RDWR, .lock), path: path)
      } catch {
        // Removed in between: make it.
        guard error.errno == ENOENT else { throw error }
      }
    }
  }

  /// Gives a file that root has just created to the owner and group of a directory.
  ///
  /// Otherwise one command that root runs on the store of another user would lock that user out.
  private func give(
    _ file: PosixFile, toOwnerOf folder: String, _ operation: IOError.Operation
  ) throws(IOError) {
    guard geteuid() == 0 else { return }
    var (wanted, present) = (stat(), stat())
    guard stat(folder, &wanted) == 0, fstat(file.descriptor, &present) == 0 else {
      throw IOError(errno: errno, operation: operation, path: file.path)
    }
    guard (wanted.st_uid, wanted.st_gid) != (present.st_uid, present.st_gid) else { return }
    guard fchown(file.descriptor, wanted.st_uid, wanted.st_gid) == 0 else {
      let number = errno
      unlink(file.path)
      throw IOError(errno: number, operation: operation, path: file.path)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func openDescriptor(
    _ path: String, _ flags: Int32, _ operation: IOError.Operation, followingLinks: Bool = false
  ) throws(IOError) -> Int32 {
    let flags = flags | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW)
    // Non-blocking matters only for what is refused next: opening a named pipe would hang.
    var descriptor: Int32 = -1
    repeat {
      descriptor = Glibc.open(path, flags, 0o600)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw IOError(errno: errno, operation: operation, path: path) }
    guard descriptor < 3 else { return descriptor }
    let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    let number = errno
    close(descriptor)
    guard moved >= 0 else { throw IOError(errno: number, operation: operation, path: path) }
    return moved
  }

  private func check(
    _ result: Int32, _ operation: IOError.Operation, _ path: String
  ) throws(IOError) {
    guard result == 0 else { throw IOError(errno: errno, operation: operation, path: path) }
  }
}
