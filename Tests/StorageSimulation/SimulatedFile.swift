// One open file of the simulated disk.

import Glibc
import Storage
import Synchronization

final class SimulatedFile: File {
  let path: String
  private let number: Int
  private let system: SimulatedFileSystem

  init(_ number: Int, path: String, in system: SimulatedFileSystem) {
    self.number = number
    self.path = path
    self.system = system
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int {
    // The buffer is used before the lock is released, by this thread only.
    nonisolated(unsafe) let buffer = buffer
    return try locked(.read) { (memory, fault) throws(IOError) in
      var wanted = buffer.count
      switch fault {
      case .interrupted: throw SimulatedFileSystem.error(EINTR, .read, self.path)
      case .short: wanted = (wanted + 1) / 2
      default: break
      }
      return memory.disk.inodes[self.number]?.visible.withUnsafeBytes { bytes in
        let end = min(offset + wanted, bytes.count)
        guard offset < end else { return 0 }
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
        return end - offset
      } ?? 0
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int {
    let data = [UInt8](bytes)
    return try locked(.write) { (memory, fault) throws(IOError) in
      var count = data.count
      var isFull = false
      switch fault {
      case .interrupted: throw SimulatedFileSystem.error(EINTR, .write, self.path)
      case .short: count = (count + 1) / 2
      case .noSpace: (count, isFull) = (count / 2, true)
      default: break
      }
      let size = memory.disk.inodes[self.number]?.visible.count ?? 0
      let growth = max(0, offset + count - size)
      let room = max(0, memory.byteBudget - memory.disk.byteCount)
      if growth > room { (count, isFull) = (max(0, count - (growth - room)), true) }
      if count > 0 {
        memory.apply(.write(offset: offset, Array(data.prefix(count))), to: self.number)
        memory.note(.write, self.path, "\(count) at \(offset)")
      }
      // As the kernel does: what fits is written, the failure comes with the next call.
      if isFull, count == 0 || fault == .noSpace {
        throw SimulatedFileSystem.error(ENOSPC, .write, self.path)
      }
      return count
    }
  }

  func syncData() throws(IOError) {
    try locked(.syncData) { (memory, fault) throws(IOError) in
      memory.syncCount += 1
      if fault == .syncDropsData {
        memory.dropPending(of: self.number)
        throw SimulatedFileSystem.error(EIO, .syncData, self.path)
      }
      if !memory.ignoresSync(of: self.number, self.path) { memory.sync(self.number) }
      memory.note(.syncData, self.path, "")
    }
  }

  func truncate(to size: Int) throws(IOError) {
    try locked(.truncate) { (memory, _) throws(IOError) in
      memory.apply(.resize(size), to: self.number)
      memory.note(.truncate, self.path, "to \(size)")
    }
  }

  func allocate(upTo end: Int) throws(IOError) {
    try locked(.allocate) { (memory, fault) throws(IOError) in
      let size = memory.disk.inodes[self.number]?.visible.count ?? 0
      guard end > size else { return }
      let room = max(0, memory.byteBudget - memory.disk.byteCount)
      let isFull = fault == .noSpace || end - size > room
      // Out of space, the file may still have grown part of the way.
      let reached = isFull ? size + min(room, (end - size) / 2) : end
      if reached > size {
        memory.apply(.resize(reached), to: self.number)
        memory.note(.allocate, self.path, "to \(reached)")
      }
      if isFull { throw SimulatedFileSystem.error(ENOSPC, .allocate, self.path) }
    }
  }

  func size() throws(IOError) -> Int {
    try locked(.size) { (memory, _) throws(IOError) in
      memory.disk.inodes[self.number]?.visible.count ?? 0
    }
  }

  func map() throws(IOError) -> MappedFile {
    MappedFile(
      copying: try locked(.map) { (memory, _) throws(IOError) in
        memory.disk.inodes[self.number]?.visible ?? []
      })
  }

  private func locked<R: Sendable>(
    _ operation: IOError.Operation,
    _ body: (inout SimulatedFileSystem.Memory, Fault.Kind?) throws(IOError) -> R
  ) throws(IOError) -> R {
    try system.memory.withLock { (memory) throws(IOError) -> R in
      let fault = memory.strike()
      if let fault {
        let writes = [.write, .truncate, .allocate].contains(operation)
        try SimulatedFileSystem.fail(fault, operation, path, takesSpace: false, writes: writes)
      }
      return try body(&memory, fault)
    }
  }
}

extension SimulatedFileSystem.Memory {
  mutating func apply(_ operation: FileOperation, to number: Int) {
    guard var inode = disk.inodes.removeValue(forKey: number) else { return }
    Inode.apply(operation, to: &inode.visible)
    inode.pending.append(operation)
    disk.inodes[number] = inode
  }

  mutating func sync(_ number: Int) {
    guard var inode = disk.inodes.removeValue(forKey: number) else { return }
    // A later sync does not bring back what an earlier one dropped.
    if inode.afterReopen == nil {
      inode.durable = inode.visible
    }
    inode.pending = []
    disk.inodes[number] = inode
  }

  mutating func dropPending(of number: Int) {
    guard var inode = disk.inodes.removeValue(forKey: number) else { return }
    inode.pending = []
    inode.afterReopen = inode.durable
    disk.inodes[number] = inode
  }

  func ignoresSync(of number: Int, _ path: String) -> Bool {
    // The sync of a new segment's header is let through: it acknowledges nothing.
    let isNew = disk.inodes[number]?.durable.isEmpty ?? true
    return (lies.contains(.noLogSync) && path.hasSuffix(".seg") && !isNew)
      || (lies.contains(.noManifestSync) && path.hasSuffix("MANIFEST.tmp"))
      || (lies.contains(.noRunSync) && path.hasSuffix(".run"))
  }
}
