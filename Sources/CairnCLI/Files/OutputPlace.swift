// Where an output really goes: links followed, stores kept out.

import Foundation
import Glibc
import Storage

/// The place that a path leads to.
enum OutputPlace: Equatable {
  /// A descriptor that the process was given: `-`, `/dev/stdout`, `/dev/fd/3`.
  case descriptor(Int32)
  /// A file, there or not, in a folder without links. `status` is what is there.
  case file(folder: String, name: String, present: FileIdentity?)
  /// A terminal, a pipe with a name, `/dev/null`: something that is written into, never replaced.
  case stream(String)

  private static let linksMax = 40

  /// Follows a path.
  ///
  /// - Throws: `CommandFailure` for a path that no output can have: one inside a store, a directory, a
  ///   disk, a link that somebody else has put into a folder that everybody may write to.
  init(_ path: String) throws(CommandFailure) {
    try requireFileName(path, for: .output)
    var present = path
    for _ in 0..<Self.linksMax {
      let given = present == "-" ? STDOUT_FILENO : GivenDescriptor.number(in: present)
      if let descriptor = given {
        try Self.requireOutsideStores(descriptor, path)
        self = .descriptor(descriptor)
        return
      }
      let (folder, name) = try Self.folder(of: present, path)
      try Self.requireOutsideStores(folder, path)
      let place = Self.joined(folder, name)
      var status = stat()
      guard lstat(place, &status) == 0 else {
        guard errno == ENOENT else { throw CommandFailure.file(path, "write", errno: errno) }
        self = .file(folder: folder, name: name, present: nil)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK:
        try Self.requireTrusted(status, in: folder, path)
        let target = try Self.target(of: place)
        present = target.hasPrefix("/") ? target : Self.joined(folder, target)
      case S_IFREG:
        self = .file(folder: folder, name: name, present: FileIdentity(status))
        return
      case S_IFCHR, S_IFIFO:
        self = .stream(place)
        return
      case S_IFDIR: throw CommandFailure.file(path, "write", errno: EISDIR)
      default:
        throw CommandFailure(
          status: .refused, what: "\(path) is a disk or a socket",
          remedy: "give a file, a pipe or standard output")
      }
    }
    throw CommandFailure.file(path, "write", errno: ELOOP)
  }

  /// The folder that a path's last name is in, without links, and that name.
  ///
  /// - Parameter given: The path as it was given, for errors.
  private static func folder(
    of path: String, _ given: String
  ) throws(CommandFailure) -> (String, String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = parts.last, !last.isEmpty, last != ".", last != ".." else {
      throw CommandFailure.file(given, "write", errno: EISDIR)
    }
    let folder = parts.dropLast().joined(separator: "/")
    let shown = folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
    guard let real = realpath(shown, nil) else {
      throw CommandFailure.file(given, "create", errno: errno)
    }
    defer { free(real) }
    return (String(cString: real), String(last))
  }

  private static func target(of link: String) throws(CommandFailure) -> String {
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else {
      throw CommandFailure.file(link, "follow", errno: EACCES)
    }
    return target
  }

  /// Refuses a link that a stranger has left in a folder like /tmp, as the kernel does on opening one.
  private static func requireTrusted(
    _ link: stat, in folder: String, _ path: String
  ) throws(CommandFailure) {
    var status = stat()
    guard stat(folder, &status) == 0 else { throw CommandFailure.file(path, "write", errno: errno) }
    let isShared = status.st_mode & S_ISVTX != 0 && status.st_mode & S_IWOTH != 0
    guard !isShared || link.st_uid == geteuid() || link.st_uid == status.st_uid else {
      throw CommandFailure.file(path, "follow", errno: EACCES)
    }
  }

  /// Refuses a folder that is a store or inside one.
  private static func requireOutsideStores(
    _ folder: String, _ path: String
  ) throws(CommandFailure) {
    guard let store = try? StoreDirectory.around(folder, PosixFileSystem()) else { return }
    throw CommandFailure(
      status: .refused, what: "\(path) is inside the store \(store)",
      remedy: "write outside of it: a store's directory is for its own files")
  }

  /// Refuses a descriptor of a file in a store, if the system says which file it is.
  private static func requireOutsideStores(
    _ descriptor: Int32, _ given: String
  ) throws(CommandFailure) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let path = try? target(of: "/proc/self/fd/\(descriptor)"), path.hasPrefix("/"),
      let (folder, _) = try? folder(of: path, given)
    else { return }
    try requireOutsideStores(folder, given)
  }

  static func joined(_ folder: String, _ name: String) -> String {
    folder == "/" ? "/" + name : folder + "/" + name
  }
}

/// Which file it is, whatever its path, and whose.
struct FileIdentity: Equatable {
  var device: dev_t
  var inode: ino_t
  var owner: uid_t
  var group: gid_t

  init(_ status: stat) {
    device = status.st_dev
    inode = status.st_ino
    owner = status.st_uid
    group = status.st_gid
  }

  /// The file at a path, links followed; nil if there is none, or something else.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }
}
