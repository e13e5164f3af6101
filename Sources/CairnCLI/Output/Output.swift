// Writing to a descriptor: buffered, complete, and with a typed error. Swift's `print` would drop
// write errors, and an export that ends early must not look finished.

import Glibc

/// A buffered writer over a file descriptor that it does not own.
final class Output {
  static let standardOutput: Int32 = 1
  static let standardError: Int32 = 2
  private static let bufferBytesMax = 65_536

  let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []

  /// - Parameter name: What an error calls the output.
  init(descriptor: Int32, name: String = "standard output") {
    self.descriptor = descriptor
    self.name = name
  }

  func write(_ text: String) throws(CommandFailure) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferBytesMax { try flush() }
  }

  func write(_ bytes: [UInt8]) throws(CommandFailure) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferBytesMax { try flush() }
  }

  func finish(with text: String) throws(CommandFailure) {
    try write(text)
    try flush()
  }

  /// Hands everything written so far to the system.
  func flush() throws(CommandFailure) {
    while !buffer.isEmpty {
      let written = Glibc.write(descriptor, buffer, buffer.count)
      if written == buffer.count { break }
      if written > 0 {
        buffer.removeFirst(written)
      } else if written < 0, errno != EINTR {
        let code = errno
        buffer.removeAll()
        var failure = CommandFailure.file(name, "write", errno: code)
        failure.isReaderGone = code == EPIPE && descriptor == Self.standardOutput
        throw failure
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Whether `descriptor` is a terminal.
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The width of the terminal in columns, or nil if it has none.
  static func terminalColumns(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}

/// The system's text for an error number.
func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
