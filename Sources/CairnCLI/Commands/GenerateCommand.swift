// `cairn generate`: a load for benchmarks, generated so that none has to be shipped.

import ArgumentParser
import Bytes
import Synthetic

/// Writes synthetic events, and the truth about the people who sent them.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write synthetic events of a web shop, reproducible by seed.",
    discussion: """
      Writes one JSON object of the Segment spec per line, about 570 bytes each. --truth writes, for every \
      message, the person who sent it and the profile to which it must be assigned: lines with equal \
      'profile' belong to one profile. The printed hash identifies the data in a report.

      Example: cairn generate --events 100000 --truth truth.csv --output events.ndjson
      """)

  static let peopleMax = 0xFFFF_FFFF

  @Option(help: ArgumentHelp("How many lines, including duplicates.", valueName: "n"))
  var events: Int

  @Option(
    help: ArgumentHelp("How many people; default: an eighth of the events.", valueName: "n"))
  var people: Int?

  @Option(help: ArgumentHelp("The seed; the same one gives the same bytes.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("Where to write the truth, as CSV.", valueName: "file"),
    completion: .file())
  var truth: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write the events.", valueName: "file"),
    completion: .file())
  var output: String

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard events >= 0 else { throw ValidationError("--events takes 0 or more") }
    if let people, !(1...Self.peopleMax).contains(people) {
      throw ValidationError("--people takes 1 to \(Self.peopleMax)")
    }
  }

  func run() throws {
    let file = try OutputFile(output)
    let truthFile = try truth.map { path in try OutputFile(path) }
    try OutputFile.requireDistinct([file, truthFile], from: [])
    var stream = SyntheticEvents(
      count: events, people: people ?? max(1, events / 8), seed: seed,
      knowsTruth: truthFile != nil)
    var digest = StreamDigest()
    var bytes: [UInt8] = []
    var truths = SyntheticEvents.truthHeader
    repeat {
      bytes.removeAll(keepingCapacity: true)
      while bytes.count < StreamDigest.pieceBytes,
        stream.appendNext(to: &bytes, truth: &truths)
      {}
      digest.add(bytes)
      try file.output.write(bytes)
      try truthFile?.output.write(truths)
      truths.removeAll(keepingCapacity: true)
    } while !bytes.isEmpty
    try file.commit()
    try truthFile?.commit()
    let isTaken = file.isStandardOutput || truthFile?.isStandardOutput == true
    try report.show(
      fields(stream, digest), to: isTaken ? Output.standardError : Output.standardOutput)
  }

  private func fields(_ stream: SyntheticEvents, _ digest: StreamDigest) -> FieldList {
    var fields = FieldList()
    fields.add("events", .integer(stream.written))
    fields.add("duplicates", .integer(stream.duplicates))
    fields.add("people", .integer(stream.people))
    fields.add("bytes", .integer(digest.byteCount))
    fields.add("seed", .shown(String(seed), json: String(seed)))
    fields.add("hash", .text(digest.text))
    return fields
  }
}

/// A hash of a stream that comes in pieces.
struct StreamDigest {
  /// The least size of a piece: whole lines, until there is a MiB of them.
  static let pieceBytes = 1 << 20
  private(set) var byteCount = 0
  private var digest: UInt64 = 0

  /// Adds a piece; the digest depends on where the pieces end.
  mutating func add(_ piece: [UInt8]) {
    digest = HashSeed.mix(digest ^ Checksum.of(piece.span.bytes))
    byteCount += piece.count
  }

  /// 16 hexadecimal digits.
  var text: String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
