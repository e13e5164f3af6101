// Questions that benchmarks put to a store: is every event where it belongs, and how long does a profile
// take.

import ArgumentParser

/// The benchmark tool.
@main
struct CairnBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cairn-bench",
    abstract: "Checks and measures stores for Cairn's benchmarks.",
    subcommands: [
      CheckPartition.self, Cliffs.self, CompareReference.self, OpenStore.self, ReadProfiles.self,
      ServeBenchmark.self, TakeEvents.self,
    ])
}
