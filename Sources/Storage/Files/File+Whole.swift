// The loops that every caller of `File` needs around short and interrupted calls.

import Glibc

extension File {
  /// Writes all of `bytes` at `offset`, going on after short and interrupted writes.
  public func writeAll(_ bytes: [UInt8], at offset: Int) throws(IOError) {
    try writeAll(bytes[...], at: offset)
  }

  /// Writes all of `bytes` at `offset`, going on after short and interrupted writes.
  public func writeAll(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(IOError) {
    try bytes.span.bytes.withUnsafeBytes { (buffer) throws(IOError) in
      try writeAll(buffer, at: offset)
    }
  }

  /// Writes all of `bytes` at `offset`, going on after short and interrupted writes.
  func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) {
    var done = 0
    var stalls = 0
    while done < bytes.count {
      let written = try retrying(.write) { () throws(IOError) -> Int in
        try write(UnsafeRawBufferPointer(rebasing: bytes[done...]), at: offset + done)
      }
      // A write of 0 bytes is legal but must not become an endless loop.
      stalls = written == 0 ? stalls + 1 : 0
      guard stalls < 8 else { throw IOError(errno: EIO, operation: .write, path: path) }
      done += written
    }
  }

  /// Reads `count` bytes from `offset` into the front of `buffer`; fewer if the file ends before.
  ///
  /// - Parameter buffer: Has at least `count` bytes.
  /// - Returns: How many bytes were read.
  public func readAll(
    at offset: Int, count: Int, into buffer: inout [UInt8]
  ) throws(IOError) -> Int {
    var done = 0
    while done < count {
      let got = try retrying(.read) { () throws(IOError) -> Int in
        var span = buffer.mutableSpan
        var raw = span.mutableBytes
        return try raw.withUnsafeMutableBytes { (bytes) throws(IOError) -> Int in
          try read(
            at: offset + done, into: UnsafeMutableRawBufferPointer(rebasing: bytes[done..<count]))
        }
      }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// Reads `count` bytes from `offset`; fewer if the file ends before.
  public func readBytes(at offset: Int, count: Int) throws(IOError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try readAll(at: offset, count: count, into: &bytes)
    if got < count { bytes.removeSubrange(got...) }
    return bytes
  }

  private func retrying(
    _ operation: IOError.Operation, _ call: () throws(IOError) -> Int
  ) throws(IOError) -> Int {
    // Bounded, so that a file system that is only ever interrupted ends in an error.
    for _ in 0..<100 {
      do {
        return try call()
      } catch {
        guard error.errno == EINTR else { throw error }
      }
    }
    throw IOError(errno: EINTR, operation: operation, path: path)
  }
}
