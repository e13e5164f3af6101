// What the server costs compared with the same events from a file, and how fast it answers while events come in.

import ArgumentParser
import Foundation
import Glibc
import Synchronization

/// Measures a server.
struct ServeBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Measure collecting and lookups over the socket.",
    discussion: """
      Takes the same events in with 'cairn ingest' and over the socket, in batches and one by one, and looks up \
      traits while events come in at half the speed. The clients run on the same machine; their CPU time is \
      shown separately.

      Example: cairn-bench serve .build-release/release/cairn events.ndjson Benchmarks/definitions.yaml
      """)

  @Argument(help: "The program.")
  var program: String
  @Argument(help: "Events, as NDJSON.")
  var input: String
  @Argument(help: "Definitions.")
  var definitions: String
  @Option(help: "Where the stores are made; removed before.")
  var work = ".bench/serve"
  @Option(help: "Events in a batch.")
  var batch = 500
  @Option(help: "Connections that send batches.")
  var connections = 4
  @Option(help: "Requests of one event over one connection; eight times as many over 64.")
  var singles = 2_000
  @Option(help: "Lookups.")
  var lookups = 20_000

  func run() throws {
    // A server that ends early is an error to report.
    signal(SIGPIPE, SIG_IGN)
    let lines = try readLines()
    try? FileManager.default.removeItem(atPath: work)
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    let fileRate = try ingest(lines.count)
    let bulkRate = try collect(lines, fileRate)
    try collectSingles(lines)
    try lookUp(lines, bulkRate)
  }

  private func readLines() throws -> [[UInt8]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: input))
    return [UInt8](data).split(separator: 0x0A).map { Array($0) }
  }

  private func makeStore(_ name: String) throws -> String {
    let path = work + "/" + name
    try ServerProcess.run(program, ["init", path])
    try ServerProcess.run(program, ["apply", path, definitions, "--quiet"])
    return path
  }

  /// `cairn ingest` of the file, in events a second.
  private func ingest(_ count: Int) throws -> Double {
    let store = try makeStore("file")
    let start = Clients.now()
    var before = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &before)
    try ServerProcess.run(program, ["ingest", store, input, "--quiet"])
    var after = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &after)
    let rate = Double(count) / (Clients.now() - start)
    show("cairn ingest", rate, "events/s", cpu(seconds(after) - seconds(before), count))
    return rate
  }

  private func collect(_ lines: [[UInt8]], _ fileRate: Double) throws -> Double {
    let server = try ServerProcess(program, try makeStore("batches"))
    defer { server.stop() }
    let requests = batches(of: lines)
    let times = try Clients.send(requests, over: connections, to: server.socketPath)
    let rate = Double(lines.count) / times.seconds
    let cost =
      cpu(server.cpuSeconds, lines.count) + ", clients " + cpu(times.cpuSeconds, lines.count)
    show("batches of \(batch) over \(connections) connections", rate, "events/s", cost)
    show("  of cairn ingest", rate / fileRate, "(at least 0.5)", "")
    show("  anonymous memory", server.anonymousMiB, "MiB", "")
    show(
      "  a batch, median and p99", times.percentile(0.5) / 1000, "ms",
      "\(Int(times.percentile(0.99) / 1000)) ms")
    return rate
  }

  /// The events as requests of a batch each.
  private func batches(of lines: [[UInt8]]) -> [[UInt8]] {
    stride(from: 0, to: lines.count, by: batch).map { start in
      BenchConnection.request(
        "POST", "/v1/batch", source: "bench",
        body: Self.body(lines[start..<min(start + batch, lines.count)]))
    }
  }

  private static func body(_ lines: ArraySlice<[UInt8]>) -> [UInt8] {
    Array(#"{"batch":["#.utf8) + lines.joined(separator: [0x2C]) + Array("]}".utf8)
  }

  private func collectSingles(_ lines: [[UInt8]]) throws {
    let server = try ServerProcess(program, try makeStore("singles"))
    defer { server.stop() }
    let requests = lines.prefix(singles * 17).map {
      BenchConnection.request("POST", "/v1/batch", source: "bench", body: Self.body([$0]))
    }
    let one = try Clients.send(Array(requests.prefix(singles)), over: 1, to: server.socketPath)
    let many = try Clients.send(Array(requests.dropFirst(singles)), over: 64, to: server.socketPath)
    let oneRate = Double(one.microseconds.count) / one.seconds
    let manyRate = Double(many.microseconds.count) / many.seconds
    show(
      "single events over 1 connection", oneRate, "events/s",
      "median \(Int(one.percentile(0.5))) us")
    show(
      "single events over 64 connections", manyRate, "events/s",
      "median \(Int(many.percentile(0.5))) us")
    show("  of one connection", manyRate / oneRate, "(at least 8)", "")
  }

  /// Lookups of traits while events come in at half the speed.
  private func lookUp(_ lines: [[UInt8]], _ bulkRate: Double) throws {
    let server = try ServerProcess(program, try makeStore("lookups"))
    defer { server.stop() }
    let batches = batches(of: lines)
    let users = Self.users(lines.prefix(20_000))
    // Some profiles before the first lookup.
    let known = 40_000 / batch
    _ = try Clients.send(Array(batches.prefix(known)), over: connections, to: server.socketPath)
    let isOver = Atomic(false)
    let path = server.socketPath
    let rest = Array(batches.dropFirst(known))
    let pace = bulkRate / 2 / Double(batch)
    let connections = connections
    let loaded = DispatchSemaphore(value: 0)
    let loadSeconds = Mutex(0.0)
    Thread.detachNewThread {
      let load = try? Clients.send(
        rest, over: connections, to: path, requestsPerSecond: pace
      ) { isOver.load(ordering: .relaxed) }
      loadSeconds.withLock { $0 = load.map { Double($0.microseconds.count) / $0.seconds } ?? 0 }
      loaded.signal()
    }
    var health: [Double] = []
    var traits: [Double] = []
    let get = BenchConnection.request("GET", "/health")
    let asks = (0..<lookups).map {
      BenchConnection.request("GET", "/v1/profiles/user_id:\(users[$0 % users.count])/traits")
    }
    // In turn, so that both see the same load.
    for start in stride(from: 0, to: lookups, by: 500) {
      health += try Clients.send([[UInt8]](repeating: get, count: 500), over: 1, to: path)
        .microseconds
      let part = Array(asks[start..<min(start + 500, lookups)])
      traits += try Clients.send(part, over: 1, to: path).microseconds
    }
    isOver.store(true, ordering: .relaxed)
    loaded.wait()
    let one = ClientTimes(seconds: 0, cpuSeconds: 0, microseconds: health.sorted())
    let other = ClientTimes(seconds: 0, cpuSeconds: 0, microseconds: traits.sorted())
    show("load meanwhile", loadSeconds.withLock { $0 } * Double(batch), "events/s", "")
    for (name, part, limit) in [("p50", 0.5, 2), ("p99", 0.99, 5)] {
      show("GET /health, \(name)", one.percentile(part), "us", "")
      show("GET traits, \(name)", other.percentile(part), "us", "")
      show("  of /health", other.percentile(part) / one.percentile(part), "(at most \(limit))", "")
    }
  }

  /// The users that events name.
  private static func users(_ lines: ArraySlice<[UInt8]>) -> [String] {
    let users = lines.compactMap { line -> String? in
      let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
      return object?["userId"] as? String
    }
    return Array(Set(users)).sorted()
  }

  private func seconds(_ usage: rusage) -> Double {
    Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  private func cpu(_ seconds: Double, _ events: Int) -> String {
    String(format: "%.2f us of CPU an event", seconds / Double(events) * 1e6)
  }

  private func show(_ name: String, _ value: Double, _ unit: String, _ rest: String) {
    let digits = value < 100 ? 2 : 0
    defer { fflush(nil) }
    print(
      name.padding(toLength: 44, withPad: " ", startingAt: 0),
      String(format: "%12.\(digits)f", value), unit, rest)
  }
}
