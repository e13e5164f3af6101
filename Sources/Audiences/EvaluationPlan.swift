// All definitions of a store, compiled and indexed by what an event touches: its name leads to the
// slots it may change, a slot leads to the audiences that depend on it.

import Bytes
import Events
import Profiles

/// All definitions of a store, compiled for evaluation.
public final class EvaluationPlan: Sendable {
  /// An audience, compiled.
  ///
  /// An object, because every event passes some of them on: this takes one reference count rather
  /// than one for each part.
  public final class Audience: Sendable {
    /// Its name.
    public let name: String
    /// Its number in the store.
    public let number: AudienceNumber
    /// What its members are.
    public let entity: EntityKind
    /// Its place among the plan's audiences.
    let index: UInt32
    /// Its condition.
    let rule: BoundProgram
    /// Whether it holds where there are no events, if nothing else matters.
    let truthWithoutEvents: Bool?
    /// A count without which its condition does not hold.
    let required: RequiredCount?
    /// What it asks about the accounts of a person.
    public let questions: AccountQuestions

    init(
      name: String, number: AudienceNumber, entity: EntityKind, index: Int, rule: BoundProgram,
      specs: [CellSpec?]
    ) {
      truthWithoutEvents = rule.truthWithoutEvents(specs)
      required = rule.requiredCount(specs)
      self.index = UInt32(index)
      self.name = name
      self.number = number
      self.entity = entity
      self.rule = rule
      questions = AccountQuestions(rule)
    }
  }

  /// A trait, compiled.
  public struct Trait: Sendable {
    /// Its name.
    public let name: String
    /// What it is a trait of.
    public let entity: EntityKind
    /// What it computes.
    let program: BoundProgram

    /// The type of its value.
    public var type: ExpressionType { program.program.type }
  }

  /// The aggregates by slot; nil for a retired slot.
  public let aggregates: [AggregatePlan?]
  /// What the cells of each slot need to know; nil for a retired slot.
  public let specs: [CellSpec?]
  /// Whose events each slot is over; `person` for a retired slot.
  public let scopes: [OperandScope]
  /// Whether anything is over the events of accounts.
  public let isAboutAccounts: Bool
  /// Whether accounts have audiences, or persons audiences that ask accounts, or anything is over their events.
  public let concernsAccounts: Bool
  /// The traits in the order of their first definition.
  public let traits: [Trait]
  /// The audiences in the order of their numbers.
  public let audiences: [Audience]

  /// The lists of slots back to back; the first is for names that no aggregate mentions.
  private let slotLists: FlatLists<UInt32>
  /// By symbol, which of `slotLists` is its own; symbols beyond the end have list 0.
  private let listOfSymbol: [UInt32]
  /// The steps of the slots in `slotLists`, in the same order.
  private let stepLists: FlatLists<SlotStep>
  private let dependentsOfSlot: FlatLists<Dependent>
  /// The audiences of persons that ask about their accounts, in the order of their numbers.
  public let audiencesAskingAccounts: [Audience]
  /// By slot: whether it is over all events of a person and another profile is evaluated by it.
  public let isAskedOfPersons: [Bool]
  private let personAudiences: [Audience]
  private let accountAudiences: [Audience]

  /// Compiles definitions; what becomes of names and keys that the store has no symbols for is decided by `use`.
  ///
  /// - Throws: if a name or key is too long to be a symbol.
  public init(
    _ definitions: DefinitionSet, names: SymbolTable, for use: NameUse = .defining
  ) throws(LanguageError) {
    var aggregates: [AggregatePlan?] = []
    for slot in 0..<definitions.slotCount {
      guard let aggregate = definitions.aggregate(ofSlot: slot) else {
        aggregates.append(nil)
        continue
      }
      aggregates.append(try AggregatePlan(aggregate, names: names, for: use))
    }
    self.aggregates = aggregates
    specs = aggregates.map { $0?.spec }
    scopes = definitions.slots.map { $0?.scope ?? .person }
    isAboutAccounts = scopes.contains { $0 != .person }
    traits = definitions.traits.map {
      Trait(name: $0.name, entity: $0.entity, program: definitions.bound($0.program))
    }
    let specs = self.specs
    audiences = definitions.audiences.sorted { $0.number < $1.number }.enumerated().map {
      Audience(
        name: $1.name, number: $1.number, entity: $1.entity, index: $0,
        rule: definitions.bound($1.program), specs: specs)
    }

    var isAskedOfPersons = [Bool](repeating: false, count: scopes.count)
    for audience in audiences {
      for slot in audience.rule.slotsOfPersonsAsked(scopes) { isAskedOfPersons[slot] = true }
    }
    self.isAskedOfPersons = isAskedOfPersons
    personAudiences = audiences.filter { $0.entity == .person }
    accountAudiences = audiences.filter { $0.entity == .account }
    audiencesAskingAccounts = personAudiences.filter { !$0.questions.isEmpty }
    concernsAccounts =
      isAboutAccounts || !accountAudiences.isEmpty || !audiencesAskingAccounts.isEmpty

    var lists: [[UInt32]] = [[]]
    var listOfSymbol: [UInt32] = []
    for plan in aggregates {
      for symbol in plan?.eventNames ?? [] {
        let missing = Int(symbol.value) + 1 - listOfSymbol.count
        if missing > 0 { listOfSymbol.append(contentsOf: repeatElement(0, count: missing)) }
        guard listOfSymbol[Int(symbol.value)] == 0 else { continue }
        listOfSymbol[Int(symbol.value)] = UInt32(lists.count)
        lists.append([])
      }
    }
    for (slot, plan) in aggregates.enumerated() {
      guard let plan else { continue }
      if let eventNames = plan.eventNames {
        for symbol in eventNames {
          lists[Int(listOfSymbol[Int(symbol.value)])].append(UInt32(slot))
        }
      } else {
        for list in lists.indices { lists[list].append(UInt32(slot)) }
      }
    }
    slotLists = FlatLists(lists)
    stepLists = FlatLists(
      lists.map { $0.map { SlotStep(slot: $0, step: aggregates[Int($0)]?.step ?? .plan) } })
    self.listOfSymbol = listOfSymbol

    var dependents = [[Dependent]](repeating: [], count: aggregates.count)
    for audience in audiences {
      for (slot, effect) in audience.rule.effects {
        dependents[slot].append(Dependent(audience, effect))
      }
    }
    dependentsOfSlot = FlatLists(dependents)
  }

  /// The slots that an event of this name may change, ascending; nil for an event without a name.
  ///
  /// Those whose `AggregatePlan.matches` is true do change. Complexity: O(1).
  public func slots(forEventNamed name: Symbol?) -> ArraySlice<UInt32> {
    guard let name, Int(name.value) < listOfSymbol.count else { return slotLists[0] }
    return slotLists[Int(listOfSymbol[Int(name.value)])]
  }

  /// What is known of slots without their plans; `stepRange` says where the slots of an event lie.
  public var steps: [SlotStep] { stepLists.elements }

  /// Where the slots of `slots(forEventNamed:)` lie in `steps`.
  ///
  /// Complexity: O(1).
  public func stepRange(forEventNamed name: Symbol?) -> Range<Int> {
    guard let name, Int(name.value) < listOfSymbol.count else { return stepLists.range(0) }
    return stepLists.range(Int(listOfSymbol[Int(name.value)]))
  }

  /// A slot and what is known of it without its plan.
  public struct SlotStep: Sendable, BitwiseCopyable {
    /// The slot.
    public let slot: UInt32
    /// What is known without the plan.
    public let step: MatchStep
  }

  /// The audiences of persons or of accounts, in the order of their numbers.
  public func audiences(of kind: EntityKind) -> [Audience] {
    switch kind {
    case .person: personAudiences
    case .account: accountAudiences
    case .household: []
    }
  }

  /// The slots that an audience depends on, ascending.
  public func slots(of audience: Audience) -> [Int] { audience.rule.allSlots }

  /// Whether an audience of accounts asks about events of its members outside the account.
  public func asksAboutPersons(_ audience: Audience) -> Bool {
    audience.rule.allSlots.contains { scopes[$0] == .person }
  }

  /// Which of `audiences` depend on a slot, ascending.
  ///
  /// Complexity: O(1).
  public func dependents(of slot: Int) -> ArraySlice<Dependent> { dependentsOfSlot[slot] }

  /// The audiences that depend on any slot; `dependentRange` says where those of a slot lie.
  var dependents: [Dependent] { dependentsOfSlot.elements }

  /// Where the audiences that depend on a slot lie in `dependents`.
  ///
  /// Complexity: O(1).
  func dependentRange(of slot: Int) -> Range<Int> { dependentsOfSlot.range(slot) }

  /// An audience that depends on a slot.
  public struct Dependent: Sendable, BitwiseCopyable {
    /// Its place in `audiences`.
    public let index: UInt32
    /// Its number in the store.
    public let number: AudienceNumber
    /// What its members are.
    public let entity: EntityKind
    /// How events of the slot can change whether its rule holds.
    public internal(set) var effect: RuleEffect

    init(_ audience: Audience, _ effect: RuleEffect) {
      index = audience.index
      number = audience.number
      entity = audience.entity
      self.effect = effect
    }
  }
}

/// What a rule about persons asks about their accounts.
public struct AccountQuestions: Sendable {
  /// The slots that the answers depend on.
  public let slots: Set<Int>
  /// Whether an answer depends on the account's members.
  public let isAboutMembers: Bool
  /// Whether it asks nothing.
  public let isEmpty: Bool

  /// What is asked.
  let programs: [BoundProgram]
  /// Whether all that is asked is whether a rule holds.
  let areRules: Bool

  init(_ rule: BoundProgram) {
    let questions = rule.questionsAboutAccounts
    programs = questions.map(\.body)
    areRules = questions.allSatisfy(\.quantity.takesRule)
    slots = Set(programs.flatMap(\.allSlots))
    isAboutMembers = programs.contains { !$0.quantifiers.isEmpty }
    isEmpty = questions.isEmpty
  }
}

/// Lists in one array.
private struct FlatLists<Element: BitwiseCopyable & Sendable>: Sendable {
  private(set) var elements: [Element] = []
  private var starts: [Int] = [0]

  init(_ lists: [[Element]]) {
    for list in lists {
      elements.append(contentsOf: list)
      starts.append(elements.count)
    }
  }

  subscript(_ index: Int) -> ArraySlice<Element> { elements[range(index)] }

  /// Where a list lies in `elements`.
  func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}
