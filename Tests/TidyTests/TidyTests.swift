// The tree checks itself: every rule holds for the project, and every rule can fail.

import Testing

struct TidyTests {
  @Test(arguments: Rule.all)
  func theProjectKeeps(rule: Rule) {
    let violations = rule.violations(in: .project)
    let list = violations.map { "  \($0)\n" }.joined()
    #expect(violations.isEmpty, "\(rule.name)\n\(list)  \(rule.remedy)")
  }

  @Test(arguments: Rule.all)
  func everyRuleCanFail(rule: Rule) {
    let tree = Tree(samples: rule.broken)
    for sample in rule.broken {
      #expect(!rule.check(sample, tree).isEmpty, "\(rule.name): passes \(sample.lines)")
    }
  }

  @Test(arguments: Rule.all)
  func noRuleFiresOnWhatIsFine(rule: Rule) {
    #expect(!rule.fine.isEmpty)
    for sample in rule.fine {
      let violations = rule.check(sample, Tree(samples: [sample]))
      #expect(violations.isEmpty, "\(rule.name): \(violations)")
    }
  }

  @Test func theTreeIsFound() {
    let paths = Tree.project.files.map(\.path)
    for path in ["Package.swift", "Sources/Bytes/Hash.swift", "tools/test", "README.md"] {
      #expect(paths.contains(path))
    }
  }
}

struct CodeBlankerTests {
  @Test(
    arguments: [
      ("a // b\nc", "a     \nc"),
      ("a /* b /* c */ d */ e", "a                   e"),
      (#"a "b" c"#, #"a " " c"#),
      (#"a "\"" c"#, #"a "  " c"#),
      (##"a #"b"c"# d"##, ##"a #"   "# d"##),
      (#""x\(f(")") + y)z" w"#, #""  (f(" ") + y) " w"#),
      ("\"\"\"\n b \"q\" \n\"\"\" c", "\"\"\"\n       \n\"\"\" c"),
      ("\"unfinished\n// c\nd", "\"          \n    \nd"),
    ])
  func commentsAndStringsAreBlank(text: String, expected: String) {
    #expect(CodeBlanker.blank(text) == expected)
  }

  @Test func functionsAreMeasuredFromSignatureToBrace() {
    let text = """
      struct A {
        init(
          a: Int
        ) {
          self.init(b: a)
        }
        func f() -> Int {
          func inner() {
          }
          return items.map { $0 }.count
        }
        var g: Int { 1 }
      }
      """
    let lengths = functionLengths(SourceFile(path: "A.swift", text: text))
    #expect(lengths.map(\.line) == [2, 8, 7])
    #expect(lengths.map(\.length) == [5, 2, 5])
  }

  @Test func camelCaseIsSplit() {
    #expect(camelWords("lastLSNSeen") == ["last", "LSN", "Seen"])
    #expect(camelWords("URLUtils") == ["URL", "Utils"])
    #expect(camelWords("a_b2C") == ["a", "b", "C"])
  }
}
