// The lock on Linux, and who holds it.

import Glibc

/// A held lock; its file names the process as long as it is held, and where that can be reached, if it can.
///
/// The name is for people who wait, and for programs that would rather ask than wait. What decides is the kernel's
/// lock, so a name that cannot be written, on a full disk for instance, is left out.
final class PosixLock: FileLock {
  private let file: PosixFile

  init(_ file: PosixFile) {
    self.file = file
    rewrite(LockHolder(process: getpid()).text)
  }

  deinit { rewrite([]) }

  func announce(_ address: String) {
    rewrite(LockHolder(process: getpid(), address: address).text)
  }

  private func rewrite(_ text: [UInt8]) {
    var status = stat()
    // A file with another name elsewhere, or with other content, is not ours to cut.
    guard fstat(file.descriptor, &status) == 0, status.st_nlink == 1,
      status.st_size <= LockHolder.byteCountMax
    else { return }
    guard (try? file.truncate(to: 0)) != nil, !text.isEmpty else { return }
    try? file.writeAll(text, at: 0)
  }
}

/// What the file of a lock says about its holder: the process on the first line, and on the second one the socket
/// on which it can be reached, if there is one.
struct LockHolder: Equatable {
  /// The longest text: a process id and a path of a socket, with their line feeds.
  static let byteCountMax = 21 + 109

  var process: Int32
  /// The absolute path of a Unix socket.
  var address: String?

  /// The file's text.
  fileprivate var text: [UInt8] {
    let second = address.map { "\($0)\n" } ?? ""
    let text = Array("\(process)\n\(second)".utf8)
    // What would not fit, or be read otherwise, is left out.
    let isFit = text.count <= Self.byteCountMax && address?.utf8.contains(0x0A) != true
    return isFit ? text : Array("\(process)\n".utf8)
  }

  init(process: Int32, address: String? = nil) {
    self.process = process
    self.address = address
  }

  /// Reads a file's text; nil if it does not name a process.
  fileprivate init?(_ text: [UInt8]) {
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let holder = Int32(String(decoding: lines[0], as: UTF8.self)), holder > 0 else {
      return nil
    }
    process = holder
    // A line without its end may be half of what is being written.
    if lines.count > 2, lines[1].first == UInt8(ascii: "/") {
      address = String(decoding: lines[1], as: UTF8.self)
    }
  }
}

extension FileSystem {
  /// Who says to hold the lock on a file; nil if the file does not say.
  func lockHolder(_ path: String) -> LockHolder? {
    guard let file = try? open(path, .read),
      let bytes = try? file.readBytes(at: 0, count: LockHolder.byteCountMax)
    else { return nil }
    return LockHolder(bytes)
  }
}
