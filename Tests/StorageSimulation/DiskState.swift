// The state of the simulated disk: what is durable, and what has been done since. Plain values, so
// that the state after every operation of a trace can be kept and turned into crash states later.

import Storage

/// A change to a file's bytes that is not durable yet.
public enum FileOperation: Sendable {
  /// Bytes written at an offset.
  case write(offset: Int, [UInt8])
  /// The size set; new bytes are zero.
  case resize(Int)
}

/// One file, named by directories through its number.
public struct Inode: Sendable {
  /// What survives any crash.
  public var durable: [UInt8] = []
  /// What was done since the last sync, oldest first.
  public var pending: [FileOperation] = []
  /// What processes see: `durable` with all of `pending` applied.
  public var visible: [UInt8] = []
  /// Set by a failed sync that dropped data: what a later opening will see instead of `visible`.
  public var afterReopen: [UInt8]?

  /// Applies an operation to some bytes.
  static func apply(_ operation: FileOperation, to bytes: inout [UInt8]) {
    switch operation {
    case .write(let offset, let data):
      resize(&bytes, toAtLeast: offset + data.count)
      bytes.replaceSubrange(offset..<(offset + data.count), with: data)
    case .resize(let size):
      if size < bytes.count {
        bytes.removeSubrange(size...)
      } else {
        resize(&bytes, toAtLeast: size)
      }
    }
  }

  static func resize(_ bytes: inout [UInt8], toAtLeast size: Int) {
    guard bytes.count < size else { return }
    bytes.append(contentsOf: [UInt8](repeating: 0, count: size - bytes.count))
  }
}

/// A change to a directory's entries that is not durable yet.
public enum DirectoryOperation: Sendable {
  /// A name for a file or directory.
  case link(String, Node)
  /// A name removed.
  case unlink(String)
  /// A file's name changed at once, replacing what had the new one.
  case rename(String, to: String, Node)
}

/// What a name stands for.
public enum Node: Equatable, Sendable {
  /// A file, by its number.
  case file(Int)
  /// A directory; its path names it.
  case directory
}

/// The entries of one directory.
public struct DirectoryEntries: Sendable {
  /// What survives any crash.
  public var durable: [String: Node] = [:]
  /// What was done since the last sync, oldest first.
  public var pending: [DirectoryOperation] = []
  /// What processes see.
  public var visible: [String: Node] = [:]

  /// Applies an operation to some entries.
  static func apply(_ operation: DirectoryOperation, to entries: inout [String: Node]) {
    switch operation {
    case .link(let name, let node): entries[name] = node
    case .unlink(let name): entries[name] = nil
    case .rename(let from, let to, let node):
      entries[from] = nil
      entries[to] = node
    }
  }
}

/// A whole disk.
public struct DiskState: Sendable {
  /// Files by number.
  public var inodes: [Int: Inode] = [:]
  /// Directories by path; the root, "", is always there.
  public var directories: [String: DirectoryEntries] = ["": DirectoryEntries()]
  /// The number of the next file.
  public var nextInode = 1

  /// An empty disk.
  public init() {}

  /// Every file that a process can see, by path.
  public var visibleFiles: [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for (path, entries) in directories {
      for case (let name, .file(let number)) in entries.visible {
        files[path + "/" + name] = inodes[number]?.visible
      }
    }
    return files
  }

  /// The bytes of all visible files.
  public var byteCount: Int {
    inodes.values.reduce(0) { $0 + $1.visible.count }
  }

  /// Makes everything that can be seen durable.
  public mutating func settle() {
    inodes = inodes.mapValues { Inode(durable: $0.visible, visible: $0.visible) }
    directories = directories.mapValues {
      DirectoryEntries(durable: $0.visible, visible: $0.visible)
    }
  }
}
