// Whether some shape of input is much slower than others, or the slower the more there is of it.

import ArgumentParser
import Foundation
import Synthetic

/// Measures shapes of input that have been slow.
struct Cliffs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cliffs",
    abstract: "Measure shapes of input that could be slow, and fail if one is.",
    discussion: """
      For each shape events go into a store of its own, and the CPU time of the last of them before each size is \
      measured, in a process for itself. A shape fails if an event costs more than ten of the plain load (generated \
      events under Benchmarks/every-event.yaml, measured before and after), not counting a fifth of one for each \
      change of membership and a two hundredth for each audience that it names; if its cost grows by more than a \
      logarithm from the smallest size to the largest; or if memory exceeds the store's setting.

      Example: cairn-bench cliffs late-sum-falling hot-score
      """)

  @Argument(help: "The shapes to measure; all of them if none is named.")
  var shapes: [String] = []

  @Option(help: "How many events are in before an event is measured, ascending.")
  var size: [Int] = [2000, 8000, 32_000]

  @Option(help: "Give up growing where an event costs more microseconds.")
  var microsecondsMost = 1000.0

  @Option(help: "The most anonymous memory, in MiB.")
  var memory = 512

  @Option(help: "Where to make stores; what is there is removed.")
  var work = ".bench/cliffs"

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "List the shapes.")
  var list = false

  @Flag(help: .hidden)
  var child = false

  func validate() throws {
    guard !size.isEmpty, size == size.sorted(), size.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("sizes are ascending numbers above 0")
    }
    for name in shapes
    where name != Self.plainName && CliffShape.all.allSatisfy({ $0.name != name }) {
      throw ValidationError("no shape is named \(name); --list shows them")
    }
  }

  private static let plainName = "plain"

  func run() throws {
    if list {
      for shape in CliffShape.all { print("\(shape.name)  (\(shape.growing))") }
      return
    }
    if child, let name = shapes.first { return try measureHere(name) }
    let chosen =
      shapes.isEmpty ? CliffShape.all : CliffShape.all.filter { shapes.contains($0.name) }
    let first = try plainCost()
    var measurements: [CliffMeasurement] = []
    for shape in chosen {
      FileHandle.standardError.write(Data("\(shape.name)\n".utf8))
      measurements.append(try measureAside(shape.name))
    }
    let plain = max(first, try plainCost())
    let judgements = zip(chosen, measurements).map {
      CliffJudgement(measurement: $1, plain: plain, audiencesNamed: $0.audiencesNamed)
    }
    let report = CliffReport(judgements: judgements, plain: plain, memoryMost: memory << 20)
    print(json ? try report.json : report.text)
    if report.failed > 0 { throw ExitCode(1) }
  }

  /// What an event of the plain load costs, in microseconds.
  private func plainCost() throws -> Double {
    let measurement = try measureAside(Self.plainName)
    guard let cost = measurement.microseconds.last else {
      throw ValidationError("the plain load failed: \(measurement.failure ?? "")")
    }
    return cost
  }

  /// Measures a shape in a process of its own, so that its memory is that of this shape alone.
  private func measureAside(_ name: String) throws -> CliffMeasurement {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments =
      ["cliffs", name, "--child", "--work", work, "--microseconds-most", "\(microsecondsMost)"]
      + size.flatMap { ["--size", "\($0)"] }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      var measurement = CliffMeasurement(shape: name)
      measurement.failure = "the process ended with status \(process.terminationStatus)"
      return measurement
    }
    return try JSONDecoder().decode(CliffMeasurement.self, from: bytes)
  }

  private func measureHere(_ name: String) throws {
    let shape = try CliffShape.all.first { $0.name == name } ?? Self.plain(size.max() ?? 0)
    let sizes = size.map { max(1, $0 / shape.divisor) }
    let run = CliffRun(
      shape: shape, sizes: sizes, measured: min(2000, sizes[0]), file: work + ".ndjson",
      microsecondsMost: microsecondsMost)
    try FileManager.default.createDirectory(
      atPath: URL(filePath: work).deletingLastPathComponent().path(),
      withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: work + ".ndjson") }
    print(String(decoding: try JSONEncoder().encode(run.measure(in: work)), as: UTF8.self))
  }

  /// Generated events under the second set of definitions.
  private static func plain(_ count: Int) throws -> CliffShape {
    let file = "Benchmarks/every-event.yaml"
    guard let definitions = FileManager.default.contents(atPath: file) else {
      throw ValidationError("cannot read \(file); run this in the project's directory")
    }
    // Some of what is generated are repetitions.
    var generator = SyntheticEvents(
      count: count * 2, people: count / 10 + 1, seed: 1, knowsTruth: false)
    var lines: [String] = []
    var seen: Set<String> = []
    var (bytes, truth): ([UInt8], [UInt8]) = ([], [])
    while lines.count < count, generator.appendNext(to: &bytes, truth: &truth) {
      let line =
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
      bytes.removeAll()
      if seen.insert(line).inserted { lines.append(line) }
    }
    let all = lines
    return CliffShape(
      name: plainName, growing: "events", definitions: String(decoding: definitions, as: UTF8.self),
      line: { index, _ in all[index] })
  }
}
