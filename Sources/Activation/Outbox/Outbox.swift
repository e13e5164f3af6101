// One destination's outbox: what waits, what is under way, and what comes next. A pure state machine: it is given the
// time, what was read and what was answered, and says what to hand out, to send and to record.

import Bytes
import Engine

/// An entry of a profile into an audience that was withheld.
private struct MutedEntry: Hashable, Sendable {
  var profile: ProfileID
  var audience: Int
}

/// The deliveries to one webhook.
package struct Outbox: Sendable {
  /// Requests that may be under way at once.
  static let concurrency = 4
  /// Requests that may be open at once, those included that wait to be sent again.
  static let requestsMax = 16
  /// The bytes of messages that wait in memory; reading pauses above it.
  static let feedBytesMax = 2 << 20

  /// The destination's number.
  package let number: UInt32
  /// The destination.
  package let destination: Destination
  /// The webhook that it is.
  package let webhook: Webhook
  let orderCount: UInt32
  let replayCount: UInt32
  let policy: RetryPolicy

  var requests: [OutboxRequest] = []
  private var nextID: UInt64 = 1
  /// What was read and is in no request, in order.
  private var feed: [OutboxItem] = []
  private var feedBytes = 0
  /// What has been read so far.
  package private(set) var readThrough: FeedCursor
  /// What recorded hand-outs cover.
  private var recordedThrough: FeedCursor
  /// Changes of before, which have yet to be read again: in which request they are; none for those that wait.
  private var expected: [FeedCursor: UInt64?] = [:]
  /// Of these, what is not in the log any more.
  private let gone: Set<FeedCursor>
  /// What has been sent and given up before.
  private let requeued: Set<FeedCursor>
  /// How many open requests have changes of a profile.
  private var blocked: [ProfileID: Int] = [:]
  /// Whether nothing in the feed can go until a request ends.
  private var isFeedBlocked = false
  /// Entries that were withheld and have not been followed by an exit.
  private var muted: Set<MutedEntry> = []
  private var pausedUntil = Timestamp.earliest
  private var rate: SendingRate
  private var random: UInt64
  /// No requests begin any more.
  package var isRetiring = false
  /// What happened since this was made.
  package internal(set) var counts = OutboxCounts()

  /// Continues where the records end.
  ///
  /// - Parameters:
  ///   - requeued: The dead letters that are to be sent again, in order.
  ///   - gone: Those of them whose changes have been erased since.
  ///   - seed: For the variation of delays.
  package init?(
    _ state: DestinationState, requeued: [FeedCursor], gone: Set<FeedCursor> = [],
    policy: RetryPolicy, seed: UInt64
  ) {
    guard let webhook = state.destination.webhook, let progress = state.outbox else { return nil }
    number = state.number
    destination = state.destination
    self.webhook = webhook
    self.policy = policy
    orderCount = progress.orderCount
    replayCount = progress.replayCount
    rate = SendingRate(perSecond: webhook.requestsPerSecondMax)
    random = seed
    recordedThrough = state.cursor
    readThrough = state.cursor
    self.gone = gone
    self.requeued = Set(requeued)
    for item in progress.held + requeued { expected[item] = .some(nil) }
    for open in progress.requests {
      let id = makeID()
      requests.append(OutboxRequest(id: id, open))
      for item in open.items { expected[item] = id }
    }
    if let first = wanted.min() { readThrough = min(readThrough, first.before) }
  }

  private mutating func makeID() -> UInt64 {
    defer { nextID += 1 }
    return nextID
  }

  mutating func drawRandom() -> UInt64 {
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return random >> 17
  }

  // MARK: Reading

  /// Whether there is room for more.
  package var wantsItems: Bool { feedBytes < Self.feedBytesMax }

  /// What has to be read again.
  private var wanted: Set<FeedCursor> { Set(expected.keys).subtracting(gone) }

  /// What to read next.
  package var question: FeedQuestion {
    FeedQuestion(
      number: number, destination: destination, after: readThrough, cursor: recordedThrough,
      wanted: wanted, profiles: Array(Set(blocked.keys).union(feed.map(\.profile))))
  }

  /// Takes what was read.
  package mutating func add(_ chunk: FeedChunk) {
    if !chunk.moved.isEmpty { move(chunk.moved) }
    for item in chunk.items {
      guard let place = expected.removeValue(forKey: item.address) else {
        guard item.address > recordedThrough else { continue }
        append(item)
        continue
      }
      guard let id = place, let index = requests.firstIndex(where: { $0.id == id }) else {
        append(item)
        continue
      }
      requests[index].items.append(item)
      block([item])
    }
    readThrough = max(readThrough, chunk.through)
    if !expected.isEmpty, readThrough >= recordedThrough { giveUpExpected() }
  }

  private mutating func append(_ item: OutboxItem) {
    feed.append(item)
    feedBytes += item.json.count
    isFeedBlocked = false
  }

  /// What is not in the log any more cannot be sent.
  private mutating func giveUpExpected() {
    let missing = expected.keys.sorted()
    expected.removeAll()
    for index in requests.indices { requests[index].dropMissing() }
    requests.removeAll { $0.items.isEmpty }
    requests.append(OutboxRequest(id: makeID(), missing: missing))
  }

  /// Profiles have been merged: what waits counts for those that they live on in.
  private mutating func move(_ moved: [ProfileID: ProfileID]) {
    for index in feed.indices { feed[index].move(moved) }
    blocked.removeAll(keepingCapacity: true)
    for index in requests.indices {
      for item in requests[index].items.indices { requests[index].items[item].move(moved) }
      block(requests[index].items)
    }
  }

  // MARK: Requests

  private var underWay: Int { requests.count { $0.isUnderWay } }

  /// Whether a request may begin at an instant.
  private func mayBegin(_ now: Timestamp) -> Bool {
    // What is missing leaves the open requests first, since it may be in their names.
    !isRetiring && now >= pausedUntil && now >= rate.readyAt && underWay < Self.concurrency
      && !requests.contains { $0.isMissing }
  }

  /// What is to be handed out now: requests whose time has come, and new ones.
  package mutating func takeHandOuts(at now: Timestamp) -> [HandOut] {
    var handOuts: [HandOut] = []
    while mayBegin(now), let handOut = takeDue(now) ?? takeNew(now) {
      rate.take(at: now)
      handOuts.append(handOut)
    }
    return handOuts
  }

  /// The next request that is to be sent again.
  private mutating func takeDue(_ now: Timestamp) -> HandOut? {
    var first: (index: Int, due: Timestamp)?
    for (index, request) in requests.enumerated() where request.isComplete {
      guard let due = request.dueAt, due <= now, due < first?.due ?? .latest else { continue }
      first = (index, due)
    }
    guard let index = first?.index else { return nil }
    requests[index].phase = .asked
    return HandOut(
      id: requests[index].id, orderCount: orderCount, items: marked(requests[index]),
      record: HandOutRecord(
        number: number, at: now, items: requests[index].addresses, former: requests[index].name,
        through: recordedThrough))
  }

  /// A new request of what waits: everything that does not wait for an earlier change of its profile.
  private mutating func takeNew(_ now: Timestamp) -> HandOut? {
    guard !isFeedBlocked, !feed.isEmpty, requests.count < Self.requestsMax, expected.isEmpty else {
      return nil
    }
    var taken: [OutboxItem] = []
    var passed: [OutboxItem] = []
    var messages = 0
    for item in feed {
      guard blocked[item.profile] == nil else {
        passed.append(item)
        continue
      }
      guard taken.isEmpty || messages + item.messages <= Int(webhook.batchMax) else { break }
      taken.append(item)
      messages += item.messages
      if messages >= Int(webhook.batchMax) { break }
    }
    guard let last = taken.last else {
      isFeedBlocked = true
      return nil
    }
    passed.removeAll { $0.address > last.address }
    feed.replaceSubrange(..<(taken.count + passed.count), with: passed)
    feedBytes -= taken.reduce(0) { $0 + $1.json.count }
    block(taken)
    let request = OutboxRequest(id: makeID(), items: taken)
    requests.append(request)
    let held = passed.map(\.address).filter { $0 > recordedThrough }
    recordedThrough = max(recordedThrough, last.address)
    return HandOut(
      id: request.id, orderCount: orderCount, items: marked(request),
      record: HandOutRecord(
        number: number, at: now, items: request.addresses, through: recordedThrough, held: held))
  }

  /// That everything up to the end of what was read has nothing that waits, where that is far from what is recorded.
  package mutating func takeProgress(at now: Timestamp, distance: UInt64) -> HandOut? {
    guard feed.isEmpty, expected.isEmpty, !isRetiring,
      readThrough.sequence.value > recordedThrough.sequence.value + distance
    else { return nil }
    recordedThrough = readThrough
    return HandOut(
      id: 0, orderCount: orderCount, items: [],
      record: HandOutRecord(number: number, at: now, items: [], through: readThrough))
  }

  /// A request has been handed out, which is durable: it is to be sent now.
  ///
  /// - Parameter allowed: The changes that may go.
  /// - Returns: The request; nil if nothing of it may go.
  package mutating func handedOut(
    _ id: UInt64, allowed: [FeedCursor], at now: Timestamp
  ) -> OutboxSending? {
    guard let index = requests.firstIndex(where: { $0.id == id }) else { return nil }
    if allowed.count < requests[index].items.count {
      let withheld = requests[index].keep(allowed)
      counts.withheld += withheld.reduce(0) { $0 + $1.messages }
      // What a receiver may have is ended by its exit.
      for item in withheld where !wasSent(item, in: requests[index]) { mute(item) }
      release(withheld)
    }
    guard let name = RequestName(of: requests[index].addresses) else {
      requests.remove(at: index)
      return nil
    }
    requests[index].name = name
    requests[index].attempts += 1
    requests[index].since = requests[index].since ?? now
    requests[index].phase = .sent
    return OutboxSending(id: id, name: name, items: requests[index].items, replayCount: replayCount)
  }

  // MARK: Consent

  /// An entry is withheld: the exit that follows is withheld with it.
  ///
  /// Not recorded: after a crash in between, the exit is sent, which needs no consent.
  private mutating func mute(_ item: OutboxItem) {
    let entries = item.audiences.map { MutedEntry(profile: item.profile, audience: $0) }
    if item.isEntry { muted.formUnion(entries) } else { muted.subtract(entries) }
  }

  private func wasSent(_ item: OutboxItem, in request: OutboxRequest) -> Bool {
    request.since != nil || requeued.contains(item.address)
  }

  /// The changes of a request as they are handed out.
  private func marked(_ request: OutboxRequest) -> [OutboxItem] {
    guard !destination.consents.isEmpty else { return request.items }
    return request.items.map { item in
      var item = item
      item.wasSent = wasSent(item, in: request)
      let isEachMuted = item.audiences.allSatisfy {
        muted.contains(MutedEntry(profile: item.profile, audience: $0))
      }
      item.isMuted = !item.isEntry && isEachMuted
      return item
    }
  }

  // MARK: Order

  private mutating func block(_ items: [OutboxItem]) {
    for item in items { blocked[item.profile, default: 0] += 1 }
  }

  /// Changes are no longer in a request: later ones of their profiles may go.
  mutating func release(_ items: [OutboxItem]) {
    for item in items {
      guard let count = blocked[item.profile] else { continue }
      blocked[item.profile] = count > 1 ? count - 1 : nil
    }
    isFeedBlocked = false
  }

  // MARK: Waiting

  /// How many changes are known to wait or to be under way.
  package var pendingCount: Int { requests.reduce(feed.count) { $0 + $1.items.count } }

  /// Whether a request waits for an answer, or its outcome to be recorded.
  package var isBusy: Bool { requests.contains { $0.isUnderWay } }

  /// When a request can begin that cannot now; nil if only news can bring that about.
  package func wakeTime(after now: Timestamp) -> Timestamp? {
    guard !isRetiring, underWay < Self.concurrency else { return nil }
    var due = requests.filter(\.isComplete).compactMap(\.dueAt).min()
    if !feed.isEmpty, !isFeedBlocked, requests.count < Self.requestsMax, expected.isEmpty {
      due = now
    }
    return due.map { max($0, pausedUntil, rate.readyAt) }
  }

  /// The receiver asks to be left alone for a while.
  mutating func pause(until instant: Timestamp) { pausedUntil = max(pausedUntil, instant) }

  /// Adds the halves of a request that was refused.
  mutating func addHalves(of request: OutboxRequest, at index: Int) {
    let middle = request.items.count / 2
    let halves = [request.items[..<middle], request.items[middle...]]
    requests.replaceSubrange(
      index...index,
      with: halves.map { OutboxRequest(id: makeID(), items: Array($0), halfOf: request) })
  }
}
