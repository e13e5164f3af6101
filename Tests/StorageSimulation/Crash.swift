// From a state in the middle of things to what a disk may hold after the power failed there. POSIX
// promises nothing about what was not synced, so neither do these.

import Storage

/// How much of what was not synced survives.
public enum CrashMode: Int, CaseIterable, Sendable {
  /// Nothing.
  case allLost
  /// Everything, as after the death of the process alone.
  case allKept
  /// A prefix of each file's and directory's operations, the next write torn at any byte.
  case prefix
  /// Each sector of each write for itself, in any order; any subset of directory operations.
  case sectors
  /// As `sectors`, and where a file grew, sectors that were not written hold garbage.
  case garbage
}

extension DiskState {
  /// A state that the disk may have after a power failure now.
  public func crashed(_ mode: CrashMode, seed: UInt64) -> DiskState {
    var random = SeededRandom(seed)
    var result = DiskState()
    result.nextInode = nextInode
    result.directories = [:]
    for path in directories.keys.sorted() {
      let entries = directories[path] ?? DirectoryEntries()
      result.directories[path] = Self.crashed(entries, mode, &random)
    }
    for number in inodes.keys.sorted() {
      let inode = inodes[number] ?? Inode()
      result.inodes[number] = Self.crashed(inode, mode, &random)
    }
    result.dropUnreachable()
    return result
  }

  private static func crashed(
    _ entries: DirectoryEntries, _ mode: CrashMode, _ random: inout SeededRandom
  ) -> DirectoryEntries {
    var names = entries.durable
    if !entries.pending.isEmpty {
      let kept = mode == .prefix ? random.below(entries.pending.count + 1) : 0
      for (index, operation) in entries.pending.enumerated() {
        let survives =
          switch mode {
          case .allLost: false
          case .allKept: true
          case .prefix: index < kept
          case .sectors, .garbage: random.below(2) == 0
          }
        if survives { DirectoryEntries.apply(operation, to: &names) }
      }
    }
    return DirectoryEntries(durable: names, pending: [], visible: names)
  }

  private static func crashed(
    _ inode: Inode, _ mode: CrashMode, _ random: inout SeededRandom
  ) -> Inode {
    guard !inode.pending.isEmpty else {
      return Inode(durable: inode.durable, visible: inode.durable)
    }
    var bytes = inode.durable
    switch mode {
    case .allLost: break
    case .allKept: for operation in inode.pending { Inode.apply(operation, to: &bytes) }
    case .prefix: keepPrefix(of: inode.pending, in: &bytes, &random)
    case .sectors, .garbage:
      keepSectors(of: inode.pending, in: &bytes, garbage: mode == .garbage, &random)
    }
    return Inode(durable: bytes, visible: bytes)
  }

  private static func keepPrefix(
    of operations: [FileOperation], in bytes: inout [UInt8], _ random: inout SeededRandom
  ) {
    let kept = random.below(operations.count + 1)
    for operation in operations.prefix(kept) { Inode.apply(operation, to: &bytes) }
    guard kept < operations.count, case .write(let offset, let data) = operations[kept] else {
      return
    }
    let torn = Array(data.prefix(random.below(data.count + 1)))
    Inode.apply(.write(offset: offset, torn), to: &bytes)
  }

  private static func keepSectors(
    of operations: [FileOperation], in bytes: inout [UInt8], garbage: Bool,
    _ random: inout SeededRandom
  ) {
    // Small sectors tear blocks of tests more often than a real disk's 512 bytes would.
    let sector = [32, 128, 512, 4096][random.below(4)]
    for operation in operations {
      switch operation {
      case .resize:
        if random.below(2) == 0 { grow(operation, in: &bytes, garbage, sector, &random) }
      case .write(let offset, let data):
        var position = 0
        while position < data.count {
          let end = min(((offset + position) / sector + 1) * sector - offset, data.count)
          if random.below(2) == 0 {
            let part = FileOperation.write(
              offset: offset + position, Array(data[position..<end]))
            grow(part, in: &bytes, garbage, sector, &random)
          }
          position = end
        }
      }
    }
  }

  /// Applies an operation; where it makes the file longer than what it writes, fills with garbage.
  private static func grow(
    _ operation: FileOperation, in bytes: inout [UInt8], _ garbage: Bool, _ sector: Int,
    _ random: inout SeededRandom
  ) {
    let before = bytes.count
    Inode.apply(operation, to: &bytes)
    guard garbage, bytes.count > before else { return }
    var end = bytes.count
    if case .write(let offset, _) = operation { end = max(min(end, offset), before) }
    // A few sectors of noise do as well as all of them.
    for _ in 0..<3 where end > before {
      let start = before + random.below(end - before)
      for index in start..<min(start + min(sector, 64), end) {
        bytes[index] = UInt8(truncatingIfNeeded: random.next())
      }
    }
  }

  /// Forgets directories and files that no entry leads to any more.
  private mutating func dropUnreachable() {
    var reachable: Set<String> = [""]
    for path in directories.keys.sorted() where path != "" {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let parent = String(path[..<slash])
      let name = String(path[path.index(after: slash)...])
      if reachable.contains(parent), directories[parent]?.durable[name] == .directory {
        reachable.insert(path)
      }
    }
    directories = directories.filter { reachable.contains($0.key) }
    var live: Set<Int> = []
    for entries in directories.values {
      for case .file(let number) in entries.durable.values { live.insert(number) }
    }
    inodes = inodes.filter { live.contains($0.key) }
  }
}
