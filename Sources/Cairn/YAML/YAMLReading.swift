// Places of errors in YAML files: the same for definitions, rules, mappings and plans.

import Engine
import Yams

/// What reads one YAML file.
protocol YAMLReading {
  /// The file, as errors name it.
  var file: String { get }
}

extension YAMLReading {
  /// The error for a node that is not what it should be.
  func failure(_ message: String, _ node: Node) -> DefinitionError {
    let place = node.place
    return DefinitionError(
      message: message, file: file, line: place.line, column: place.column)
  }
}

extension Node {
  /// Where the node begins, from 1.
  var place: (line: Int, column: Int) { (mark?.line ?? 1, mark?.column ?? 1) }
}
