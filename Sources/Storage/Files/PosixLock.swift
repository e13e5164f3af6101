// The lock on Linux, and who holds it.

import Glibc

/// A held lock; its file names the process as long as it is held.
///
/// The name is for people who wait. What decides is the kernel's lock, so a name that cannot be written,
/// on a full disk for instance, is left out.
final class PosixLock: FileLock {
  /// The longest text of a process id, with its line feed.
  private static let byteCountMax = 21
  private let file: PosixFile

  init(_ file: PosixFile) {
    self.file = file
    rewrite(Array("\(getpid())\n".utf8))
  }

  deinit { rewrite([]) }

  private func rewrite(_ text: [UInt8]) {
    var status = stat()
    // A file with another name elsewhere, or with other content, is not ours to cut.
    guard fstat(file.descriptor, &status) == 0, status.st_nlink == 1,
      status.st_size <= Self.byteCountMax
    else { return }
    guard (try? file.truncate(to: 0)) != nil, !text.isEmpty else { return }
    try? file.writeAll(text, at: 0)
  }
}

extension FileSystem {
  /// The process that says it holds the lock on a file; nil if the file does not say.
  func lockHolder(_ path: String) -> Int32? {
    guard let file = try? open(path, .read), let bytes = try? file.readBytes(at: 0, count: 24),
      let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first,
      let holder = Int32(line), holder > 0
    else { return nil }
    return holder
  }
}
