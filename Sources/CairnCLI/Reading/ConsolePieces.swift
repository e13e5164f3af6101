// Long output in pieces, from within closures of the library, which take errors of the store only.

import Bytes
import Glibc
import Storage

/// Writes pieces to a stream of a console, and stops what makes them at the first that cannot be written.
final class ConsolePieces {
  private let console: any Console
  private let stream: ConsoleStream
  /// Why the stream could not be written, if so: the error to report.
  private(set) var failure: CommandFailure?

  init(_ console: any Console, _ stream: ConsoleStream) {
    self.console = console
    self.stream = stream
  }

  /// Writes a piece.
  ///
  /// - Throws: `StoreError`; the error to report is `failure`.
  func take(_ bytes: [UInt8]) throws(StoreError) {
    do throws(CommandFailure) { try console.write(bytes, to: stream) } catch {
      failure = error
      throw StoreError(.io(EIO), "the output was stopped; \(error.remedy)")
    }
  }

  /// Runs what makes pieces; throws what there is to report.
  static func writing<Result>(
    _ stream: ConsoleStream = .output, of console: any Console,
    _ body: (ConsolePieces) throws -> Result
  ) throws -> Result {
    let pieces = ConsolePieces(console, stream)
    do { return try body(pieces) } catch { throw pieces.failure ?? error }
  }
}
