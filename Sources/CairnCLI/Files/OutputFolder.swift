// A folder of files that a command writes: it appears whole or not at all, and never replaces anything.

import CProcess
import Engine
import Glibc

/// A folder with files, both for their owner only.
///
/// It is written under a temporary name next to its own and renamed at the end.
final class OutputFolder {
  /// A place where there is nothing yet.
  struct Place {
    let path: String
    fileprivate let folder: String
    fileprivate let name: String

    /// - Throws: `CommandFailure` for a path where something is, and for one that no output can have, see
    ///   `OutputPlace`.
    init(_ path: String) throws(CommandFailure) {
      var trimmed = path
      while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
      var status = stat()
      guard lstat(trimmed, &status) != 0 else { throw Self.isTaken(path) }
      guard case .file(let folder, let name, nil) = try OutputPlace(trimmed) else {
        throw Self.isTaken(path)
      }
      self.path = path
      self.folder = folder
      self.name = name
    }

    fileprivate static func isTaken(_ path: String) -> CommandFailure {
      CommandFailure(
        status: .refused, what: "\(path) exists already",
        remedy: "give the path of a directory that does not exist; it will be created")
    }
  }

  private let place: Place
  private let temporary: String
  private let registration: Int32
  private var files: [File] = []
  private var isWhole = false

  /// Creates the folder under its temporary name.
  init(at place: Place) throws(CommandFailure) {
    self.place = place
    temporary = OutputPlace.joined(place.folder, OutputFile.temporaryName())
    registration = cairn_add_temporary(temporary)
    guard mkdir(temporary, 0o700) == 0 else {
      let code = errno
      isWhole = true
      cairn_forget_temporary(registration)
      throw CommandFailure.file(place.path, "create", errno: code)
    }
  }

  /// Adds a file.
  func add(_ name: String) throws(CommandFailure) -> File {
    let file = try File(
      OutputPlace.joined(temporary, name), shownAs: OutputPlace.joined(place.path, name))
    files.append(file)
    return file
  }

  /// Makes the files durable, then the folder, then its name.
  func commit() throws(CommandFailure) {
    for file in files { try file.commit() }
    try Self.sync(temporary, of: place.path)
    // An empty folder that has come in between is the most that this can replace.
    guard rename(temporary, OutputPlace.joined(place.folder, place.name)) == 0 else {
      let code = errno
      guard code != ENOTEMPTY, code != EEXIST, code != ENOTDIR else {
        throw Place.isTaken(place.path)
      }
      throw CommandFailure.file(place.path, "create", errno: code)
    }
    isWhole = true
    for file in files { file.forget() }
    cairn_forget_temporary(registration)
    // A name that is lost with the power leaves nothing, which is not half an output.
    try? Self.sync(place.folder, of: place.path)
  }

  private static func sync(_ folder: String, of path: String) throws(CommandFailure) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CommandFailure.file(path, "sync", errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw CommandFailure.file(path, "sync", errno: errno) }
  }

  deinit {
    guard !isWhole else { return }
    for file in files { file.remove() }
    rmdir(temporary)
    cairn_forget_temporary(registration)
  }
}

extension OutputFolder {
  /// One of the files, with what an index says of it.
  final class File {
    private let path: String
    private let output: Output
    private let descriptor: Int32
    private let registration: Int32
    private let digest = FileDigest()
    /// How often it was written to.
    private(set) var writes = 0
    /// Its size.
    private(set) var byteCount = 0

    fileprivate init(_ path: String, shownAs shown: String) throws(CommandFailure) {
      self.path = path
      registration = cairn_add_temporary(path)
      descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      output = Output(descriptor: descriptor, name: shown)
      guard descriptor >= 0 else {
        let code = errno
        cairn_forget_temporary(registration)
        throw CommandFailure.file(shown, "create", errno: code)
      }
    }

    /// Writes some bytes.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
      digest.add(bytes)
      writes += 1
      byteCount += bytes.count
      try output.write(bytes)
    }

    /// The SHA-256 of all that was written; nothing can be written after it.
    func finish() -> String { digest.finish() }

    fileprivate func commit() throws(CommandFailure) {
      try output.flush()
      guard fsync(descriptor) == 0 else { throw CommandFailure.file(path, "sync", errno: errno) }
    }

    fileprivate func forget() { cairn_forget_temporary(registration) }

    fileprivate func remove() {
      unlink(path)
      forget()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
  }
}
