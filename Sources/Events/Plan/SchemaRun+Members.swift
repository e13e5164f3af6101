// Objects and arrays against a schema.

import Bytes

extension SchemaRun {
  mutating func checkObject(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    for key in schema.parts.objects[index].required where try value.value(for: key) == nil {
      fail("required", at: .symbol(key))
    }
    if !schema.parts.objects[index].dependencies.isEmpty { try checkDependencies(value, index) }
    guard schema.parts.objects[index].isAboutMembers, !isDecided else { return }
    var count = 0
    try value.forEachMember { (key, text, member) throws(DecodeError) in
      count += 1
      guard !isDecided else { return }
      try checkMember(key, text, member, index)
    }
    if let bound = schema.parts.objects[index].minProperties, count < bound {
      fail("minProperties")
    }
    if let bound = schema.parts.objects[index].maxProperties, count > bound {
      fail("maxProperties")
    }
  }

  private mutating func checkMember(
    _ key: Symbol?, _ text: RawSpan, _ member: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    let step: EventPathStep = key.map { .symbol($0) } ?? .text(text.toArray())
    var isKnown = false
    if let key, let node = schema.parts.objects[index].properties.node(of: key) {
      isKnown = true
      try check(member, node, at: step)
    }
    if schema.parts.objects[index].readsKeys {
      // Only objects with such rules pay for the text of their keys.
      let name = key.map { names?.withName(of: $0) { $0.toArray() } ?? [] } ?? text.toArray()
      for (pattern, node) in schema.parts.objects[index].patterns
      where pattern.matches(name.span.bytes) {
        isKnown = true
        try check(member, node, at: step)
      }
      if let node = schema.parts.objects[index].names, try !fits(key: name, node) {
        fail("propertyNames", at: step)
      }
    }
    guard !isKnown else { return }
    switch schema.parts.objects[index].additional {
    case .node(let node): try check(member, node, at: step)
    case .forbidden: fail("additionalProperties", at: step)
    case .allowed, .unsaid: break
    }
  }

  private mutating func fits(key: [UInt8], _ node: Int) throws(DecodeError) -> Bool {
    var buffer = PayloadBuffer()
    buffer.putString(key.span.bytes)
    return try fits(ValueView(encoded: buffer.bytes), node)
  }

  private mutating func checkDependencies(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    for dependency in schema.parts.objects[index].dependencies
    where try value.value(for: dependency.key) != nil {
      for key in dependency.required where try value.value(for: key) == nil {
        fail(dependency.keyword, at: .symbol(key))
      }
      if let node = dependency.node { try check(value, node) }
    }
  }

  mutating func checkArray(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    let rules = schema.parts.arrays[index]
    var count = 0
    var fitting = 0
    var forms: Set<[UInt8]> = []
    var isUnique = true
    try value.forEachElement { element throws(DecodeError) in
      let node = count < rules.first.count ? rules.first[count] : rules.rest
      count += 1
      guard !isDecided else { return }
      if let node {
        if count > rules.first.count, schema.parts.nodes[node].isNever {
          fail(rules.restKeyword, at: .element)
        } else {
          try check(element, node, at: .element)
        }
      }
      if let node = rules.contains, try fits(element, node) { fitting += 1 }
      if rules.isUnique, isUnique {
        var form: [UInt8] = []
        try CanonicalValue.write(element, to: &form)
        isUnique = forms.insert(form).inserted
      }
    }
    if let bound = rules.minItems, count < bound { fail("minItems") }
    if let bound = rules.maxItems, count > bound { fail("maxItems") }
    if !isUnique { fail("uniqueItems") }
    guard rules.contains != nil else { return }
    if fitting < rules.minContains ?? 1 {
      fail(rules.minContains == nil ? "contains" : "minContains")
    }
    if let bound = rules.maxContains, fitting > bound { fail("maxContains") }
  }
}
