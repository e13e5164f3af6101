// The reading commands of the program itself, run on the state that the server has at hand.

import Cairn
import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Storage
import Synchronization

/// Runs a command on a state; blocks until it has ended, and ends its frames.
package typealias RunningCommand =
  @Sendable (_ snapshot: Snapshot, _ frames: CommandFrames) -> Void

/// Reads the words of a command; nil if they are not those of a command that only reads.
package typealias CommandReader = @Sendable (CommandQuestion) -> RunningCommand?

extension AdminRoutes {
  /// Adds the route of reading commands.
  func addCommands(to router: Router<ServerContext>) {
    let running = RunningCommands()
    router.post("v1/commands") { request, context in
      let asked: CommandQuestion = try await question(request, context)
      guard let commands else { throw ServerError.noSuchRoute }
      guard asked.version == version else {
        throw ServerError(
          .conflict, "other_version",
          "the server is another version of the program than the client; open the store read-only")
      }
      guard asked.words.count <= CommandQuestion.wordsMax,
        asked.words.reduce(0, { $0 + $1.utf8.count }) <= CommandQuestion.wordBytesMax
      else { throw ServerError.commandTooLong }
      let place = try running.begin()
      // The words may hold personal data, so that nothing says which they are.
      guard let command = try await Question.reading({ commands(asked) }) else {
        throw ServerError(
          .badRequest, "not_a_reading_command",
          "the words are not those of a command that only reads the store; run it without the server"
        )
      }
      let snapshot = try await store.presentSnapshot()
      return Response(
        status: .ok, headers: [.contentType: "application/octet-stream"],
        body: ResponseBody { writer in
          try await Self.run(command, on: snapshot, context.reader, place, &writer)
          try await writer.finish(nil)
        })
    }
  }

  /// Runs a command on a thread of its own and writes what it sends as fast as the client reads; returns once the
  /// thread has ended, which is soon after the client has gone or the server begins to shut down.
  private static func run(
    _ command: @escaping RunningCommand, on snapshot: Snapshot, _ reader: RequestReader?,
    _ place: RunningCommands.Place, _ writer: inout any ResponseBodyWriter
  ) async throws {
    let frames = CommandFrames()
    let snapshot = Snapshot(snapshot, endingWith: frames.cancellation)
    async let hasRun = CommandThread.run {
      command(snapshot, frames)
      place.leave()
    }
    // A command may have nothing to send for a while, and so would not notice.
    async let _: Void = awaitEnd(of: reader, frames)
    let written: Result<Void, any Error>
    do {
      try await withTaskCancellationOrGracefulShutdownHandler {
        for await buffer in frames.buffers {
          try await writer.write(buffer)
          frames.took()
        }
      } onCancelOrGracefulShutdown: {
        frames.abandon()
      }
      written = .success(())
    } catch {
      written = .failure(error)
    }
    frames.abandon()
    guard await hasRun else { throw ServerError.noThread }
    try written.get()
  }

  private static func awaitEnd(of reader: RequestReader?, _ frames: CommandFrames) async {
    guard let reader else { return }
    await reader.skipAll()
    frames.abandon()
  }
}

/// Counts the commands that run: each has a thread and holds a state.
private final class RunningCommands: Sendable {
  private let count = Atomic(0)

  /// The most at a time.
  private static let countMax = 4

  /// The place of one command; given back once the command has ended, or never began.
  final class Place: Sendable {
    private let commands: RunningCommands
    private let hasLeft = Atomic(false)

    init(_ commands: RunningCommands) { self.commands = commands }

    deinit { leave() }

    func leave() {
      guard !hasLeft.exchange(true, ordering: .acquiringAndReleasing) else { return }
      commands.count.subtract(1, ordering: .relaxed)
    }
  }

  /// Takes a place.
  ///
  /// - Throws: 429 if there is none.
  func begin() throws(ServerError) -> Place {
    let place = Place(self)
    guard count.add(1, ordering: .relaxed).newValue <= Self.countMax else {
      throw ServerError(
        .tooManyRequests, "too_many_commands",
        "\(Self.countMax) commands are being run already; send this one again later",
        retryAfterSeconds: 1)
    }
    return place
  }
}

extension CommandQuestion {
  /// The most words.
  static let wordsMax = 1_000
  /// The most bytes of all words.
  static let wordBytesMax = 256 << 10
}

extension ServerError {
  /// The words are more than a command can need.
  fileprivate static let commandTooLong = ServerError(
    .contentTooLarge, "command_too_long",
    "the command has more than \(CommandQuestion.wordsMax) words or \(CommandQuestion.wordBytesMax) "
      + "bytes of them; run it without the server")

  /// The system refuses a thread.
  fileprivate static let noThread = ServerError(
    .serviceUnavailable, "no_thread", "no thread could be started; try again later",
    retryAfterSeconds: 1)
}
