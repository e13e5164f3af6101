// The subject of an evaluation, a person or an account, at one instant.

/// A person or an account at an instant.
public final class Subject {
  /// A member of an account: what it did there, and the whole person.
  struct Member {
    var there: Subject
    var person: Subject
  }

  /// Everything up to the instant.
  let past: Past
  /// The bucket of the profile for a text.
  let bucket: (String) -> Int
  /// Of an account: the persons of its events.
  let members: [Member]
  /// Of a person: the accounts that its events count for.
  private(set) lazy var accounts: [Subject] = accountsNow()
  private let accountsNow: () -> [Subject]
  private var inside: [String: Past] = [:]

  init(
    _ past: Past, members: [Member] = [], accounts: @escaping () -> [Subject] = { [] },
    bucket: @escaping (String) -> Int
  ) {
    self.past = past
    self.members = members
    accountsNow = accounts
    self.bucket = bucket
  }

  var now: Int64 { past.now }

  /// What happened inside a window that is not a session.
  func within(_ span: Span) -> Past {
    if let known = inside[span.text] { return known }
    let found = past.within(span)
    inside[span.text] = found
    return found
  }

  func named(_ names: String...) -> Past {
    past.filter { event in names.contains { $0 == event.name } }
  }

  /// How long ago the last of some events was.
  func sinceLast(_ name: String) -> Int64? { named(name).events.last.map { now - $0.time } }
  func sinceFirst(_ name: String) -> Int64? { named(name).events.first.map { now - $0.time } }

  /// The newest value that a call of a type gave a field; an explicit null removes it.
  func known(_ field: Field, by type: String) -> PlainValue? {
    let value = past.events.last { $0.type == type && $0.sent(field) != nil }?.sent(field)
    return value?.kind == .null ? nil : value
  }
}
