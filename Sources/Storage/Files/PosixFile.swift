// The seam on Linux: system calls on one open file.

import Glibc

final class PosixFile: File {
  let path: String
  let descriptor: Int32

  /// Takes over an open descriptor, which is closed at the end.
  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  // A failed close loses nothing: whatever had to be durable was synced before.
  deinit { close(descriptor) }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int {
    guard buffer.count > 0 else { return 0 }
    let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
    guard count >= 0 else { throw error(.read) }
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int {
    guard bytes.count > 0 else { return 0 }
    let count = pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
    guard count >= 0 else { throw error(.write) }
    return count
  }

  func syncData() throws(IOError) {
    guard fdatasync(descriptor) != 0 else { return }
    let failure = error(.syncData)
    // The pages that could not be written now count as clean. Dropping them makes readers of the
    // file next, in this process or another, see what the disk really has.
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    throw failure
  }

  func truncate(to size: Int) throws(IOError) {
    while ftruncate(descriptor, off_t(size)) != 0 {
      guard errno == EINTR else { throw error(.truncate) }
    }
  }

  func allocate(upTo end: Int) throws(IOError) {
    let present = try size()
    guard end > present else { return }
    var number: Int32
    repeat {
      number = posix_fallocate(descriptor, off_t(present), off_t(end - present))
    } while number == EINTR
    guard number == 0 else { throw IOError(errno: number, operation: .allocate, path: path) }
  }

  func size() throws(IOError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw error(.size) }
    return Int(status.st_size)
  }

  func map() throws(IOError) -> MappedFile {
    let count = try size()
    guard count > 0 else { return MappedFile(copying: []) }
    let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw error(.map) }
    return MappedFile(mapping: address, count: count)
  }

  /// Refuses directories, pipes and devices.
  func requireRegular() throws(IOError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw error(.open) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw IOError(errno: EINVAL, operation: .open, path: path)
    }
  }

  private func error(_ operation: IOError.Operation) -> IOError {
    IOError(errno: errno, operation: operation, path: path)
  }
}
