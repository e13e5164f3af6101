// Changes to files that the engine does not know of: bit rot, mistakes of an operator, hostile hands.

import Storage

extension DiskState {
  /// Flips all bits of one byte of a file; false if there is no such byte.
  public mutating func flip(_ path: String, at offset: Int) -> Bool {
    edit(path) { bytes in
      guard offset < bytes.count else { return false }
      bytes[offset] ^= 0xFF
      return true
    }
  }

  /// Changes a file's bytes, durably; false if there is no such file or `body` says so.
  public mutating func edit(_ path: String, _ body: (inout [UInt8]) -> Bool) -> Bool {
    guard let number = number(of: path), var bytes = inodes[number]?.visible, body(&bytes) else {
      return false
    }
    inodes[number] = Inode(durable: bytes, visible: bytes)
    return true
  }

  /// Removes a file, durably.
  public mutating func remove(_ path: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent = String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    directories[parent]?.visible[name] = nil
    directories[parent]?.durable[name] = nil
  }

  /// Puts a file with the given bytes in a directory, durably.
  public mutating func put(_ path: String, _ bytes: [UInt8]) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent = String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    inodes[nextInode] = Inode(durable: bytes, visible: bytes)
    directories[parent]?.visible[name] = .file(nextInode)
    directories[parent]?.durable[name] = .file(nextInode)
    nextInode += 1
  }

  private func number(of path: String) -> Int? {
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let name = String(path[path.index(after: slash)...])
    guard case .file(let number) = directories[String(path[..<slash])]?.visible[name] else {
      return nil
    }
    return number
  }
}
