// The count that a rule requires in order to hold: of hundreds of rules over one count, most are decided by it alone.

import Profiles

/// A count without which a rule does not hold, whatever else it asks for.
struct RequiredCount: BitwiseCopyable {
  /// The slot of the count.
  let slot: Int
  /// The least that it has to be.
  let least: Int
}

extension BoundProgram {
  /// A count that the rule requires; nil if there is none.
  func requiredCount(_ specs: [CellSpec?]) -> RequiredCount? {
    requiredCount(program.root, specs)
  }

  private func requiredCount(_ index: NodeIndex, _ specs: [CellSpec?]) -> RequiredCount? {
    let node = program.nodes[Int(index)]
    switch node {
    case .reaches(let operand, let least):
      let slot = slots[Int(operand)]
      return specs[slot]?.isPlainCount == true && least > 0
        ? RequiredCount(slot: slot, least: Int(least)) : nil
    case .all:
      for part in program.parts(of: node) {
        if let required = requiredCount(part, specs) { return required }
      }
      return nil
    default: return nil
    }
  }
}
