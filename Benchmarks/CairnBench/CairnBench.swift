// Input for benchmarks, made here so that none has to be shipped: the same seed gives the same
// bytes on every machine.

import ArgumentParser
import Bytes
import Glibc

/// The benchmark tool.
@main
struct CairnBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cairn-bench",
    abstract: "Makes input for Cairn's benchmarks.",
    subcommands: [Generate.self])

  /// Writes synthetic events to a file.
  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write synthetic Segment events, one JSON object a line.",
      discussion: """
        Example: cairn-bench generate events.ndjson --events 1000000 --seed 1
        """)

    @Argument(help: "The file to write.", completion: .file())
    var output: String

    @Option(help: "How many events.")
    var events = 1_000_000

    @Option(help: "How many people they are about.")
    var people = 50_000

    @Option(help: "The seed; the same one gives the same bytes.")
    var seed: UInt64 = 1

    func validate() throws {
      guard events >= 0 else { throw ValidationError("--events takes 0 or more") }
      guard (1...0xFF_FFFF).contains(people) else {
        throw ValidationError("--people takes 1 to \(0xFF_FFFF)")
      }
    }

    func run() throws {
      let file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw ValidationError("cannot create \(output)") }
      defer { close(file) }
      var stream = EventStream(seed: seed, people: people, count: events)
      var bytes: [UInt8] = []
      var digest: UInt64 = 0
      var total = 0
      repeat {
        bytes.removeAll(keepingCapacity: true)
        while bytes.count < 1 << 20, stream.appendNext(to: &bytes) {}
        digest = HashSeed.mix(digest ^ Checksum.of(bytes.span.bytes))
        total += bytes.count
        try write(bytes, to: file)
      } while !bytes.isEmpty
      print("events \(events)  bytes \(total)  hash \(String(digest, radix: 16))")
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws {
      var rest = bytes
      while !rest.isEmpty {
        let written = Glibc.write(file, rest, rest.count)
        guard written >= 0 || errno == EINTR else {
          throw ValidationError("cannot write \(output)")
        }
        rest.removeFirst(max(0, written))
      }
    }
  }
}
