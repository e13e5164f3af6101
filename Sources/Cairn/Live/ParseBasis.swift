// What a store publishes for those who parse on other threads.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// What is needed to parse an input as the store's rules want it.
struct ParseBasis: Sendable {
  var symbols: SymbolTable
  var seed: HashSeed
  var identifiers: IdentifierRules
  var plan: EvaluationPlan
  /// Rises with each change of what stands above.
  var generation: UInt64
  /// The sources and their numbers.
  var sources: [SourceRecord]
  /// The keys in force.
  var keys: [AccessKey]
}

extension Store {
  /// What is needed to parse an input now.
  ///
  /// - Parameter before: What was published before; its generation goes on if nothing changed that rows depend on.
  func parseBasis(after before: ParseBasis?) -> ParseBasis {
    let identifiers = fold.rules.identifiers
    let isSame = before.map { $0.identifiers == identifiers } ?? true
    let generation = before?.generation ?? 0
    return ParseBasis(
      symbols: symbols, seed: fold.seed, identifiers: identifiers, plan: fold.plan,
      generation: isSame ? generation : generation + 1, sources: sources, keys: accessKeys)
  }
}
