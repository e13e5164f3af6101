// The body of a question: a small JSON object.

/// The members of a JSON object.
package struct JSONMembers {
  private let value: PlanValue

  /// Reads an object; nil for anything else, for a name that occurs twice and for one that is nested too deep.
  ///
  /// - Complexity: O(n).
  package init?(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self),
      let value = try? JSONPlanText.read(text, file: "")
    else { return nil }
    self.value = value
  }

  /// Whether there is a member of a name.
  package func has(_ name: String) -> Bool { value[name] != nil }

  /// A list of texts; nil if the member is anything else.
  package func texts(_ name: String) -> [String]? {
    guard let list = value[name]?.list else { return nil }
    let texts = list.compactMap(\.text)
    return texts.count == list.count ? texts : nil
  }
}
