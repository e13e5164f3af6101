// The flat form of a boolean expression: tests in the order of the text, and jumps that pass over
// those that no longer matter. Evaluation walks an array instead of a tree.

/// A boolean expression whose tests are numbers.
package struct BooleanProgram: Sendable {
  private enum Instruction: Sendable {
    /// Ask for this test.
    case test(Int)
    /// Go on here if the result so far is false.
    case jumpIfFalse(Int)
    /// Go on here if the result so far is true.
    case jumpIfTrue(Int)
    /// Turn the result so far over.
    case negate
  }

  private var instructions: [Instruction] = []

  /// Compiles an expression; its tests get the numbers 0, 1, … from left to right.
  package init<Test>(_ expression: BooleanExpression<Test>) {
    var testCount = 0
    compile(expression, &testCount)
  }

  private mutating func compile<Test>(
    _ expression: BooleanExpression<Test>, _ testCount: inout Int
  ) {
    switch expression {
    case .test:
      instructions.append(.test(testCount))
      testCount += 1
    case .not(let part):
      compile(part, &testCount)
      instructions.append(.negate)
    case .and(let parts): compile(parts, &testCount) { .jumpIfFalse($0) }
    case .or(let parts): compile(parts, &testCount) { .jumpIfTrue($0) }
    }
  }

  private mutating func compile<Test>(
    _ parts: [BooleanExpression<Test>], _ testCount: inout Int, _ jump: (Int) -> Instruction
  ) {
    var jumps: [Int] = []
    for (index, part) in parts.enumerated() {
      compile(part, &testCount)
      if index < parts.count - 1 {
        jumps.append(instructions.count)
        instructions.append(jump(0))
      }
    }
    for index in jumps { instructions[index] = jump(instructions.count) }
  }

  /// The next test that matters, or nil when `result` is the answer.
  ///
  /// Loop: `while let test = program.next(&place, &result) { result = … }`, from place 0.
  package func next(_ place: inout Int, _ result: inout Bool) -> Int? {
    while place < instructions.count {
      let instruction = instructions[place]
      place += 1
      switch instruction {
      case .test(let number): return number
      case .jumpIfFalse(let target): if !result { place = target }
      case .jumpIfTrue(let target): if result { place = target }
      case .negate: result.toggle()
      }
    }
    return nil
  }
}
