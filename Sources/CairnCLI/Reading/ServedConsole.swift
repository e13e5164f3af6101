// The outputs of a client, as frames.

import CairnServer

/// Writes to the client that a server runs a command for.
final class ServedConsole: Console {
  private static let bufferBytesMax = CommandFrame.bytesMax

  let surroundings: CommandSurroundings
  private let frames: CommandFrames
  /// What has been written and not been sent, by the kind of its frames.
  private var buffers: [CommandFrame.Kind: [UInt8]] = [:]

  init(_ frames: CommandFrames, _ surroundings: CommandSurroundings) {
    self.frames = frames
    self.surroundings = surroundings
  }

  private static func kind(of stream: ConsoleStream) -> CommandFrame.Kind {
    switch stream {
    case .data: .data
    case .output: .output
    case .errors: .errors
    }
  }

  func write(_ bytes: [UInt8], to stream: ConsoleStream) throws(CommandFailure) {
    let kind = Self.kind(of: stream)
    buffers[kind, default: []].append(contentsOf: bytes)
    if buffers[kind, default: []].count >= Self.bufferBytesMax { try flush(stream) }
  }

  func flush(_ stream: ConsoleStream) throws(CommandFailure) {
    let kind = Self.kind(of: stream)
    guard let bytes = buffers.removeValue(forKey: kind), !bytes.isEmpty else { return }
    try send(kind, bytes)
  }

  func endData() throws(CommandFailure) {
    try flush(.data)
    try send(.dataEnd, [])
  }

  private func send(_ kind: CommandFrame.Kind, _ bytes: [UInt8]) throws(CommandFailure) {
    guard frames.send(kind, bytes) else {
      throw CommandFailure(
        status: .refused, what: "the client has gone", remedy: "nobody reads this")
    }
  }
}
