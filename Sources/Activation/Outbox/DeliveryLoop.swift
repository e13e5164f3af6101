// What serves all webhooks of a store: it reads for their outboxes, hands out, sends and has outcomes recorded, and
// never waits for any of them. Its caller says when; the store, the network and the time are given to it.

import Bytes
import Engine
import Storage

/// What the store has to say to the loop.
package enum DeliveryNews: Sendable {
  /// A view that was asked for.
  case snapshot(Snapshot)
  /// What came of the steps that were posted last.
  case replies([OutboxReply])
  /// The steps that were posted last could not be recorded.
  case refused(StoreError)
  /// There is no view for now.
  case noSnapshot(StoreError)
}

/// The store as the loop reaches it; nothing of it waits.
package protocol DeliveryAccess: AnyObject {
  /// Asks for a view, which comes as news.
  func requestSnapshot()
  /// Has steps recorded, whose replies come as news.
  func post(_ steps: [OutboxStep])
  /// What there is to say, once.
  func takeNews() -> [DeliveryNews]
}

/// The network as the loop reaches it; nothing of it waits.
package protocol WebhookTransport: AnyObject {
  /// Begins to send.
  func start(_ request: WebhookRequest)
  /// The answers that have come, once.
  func takeAnswers() -> [(WebhookRequest.Name, WebhookAnswer)]
}

/// Serves the webhooks of a store.
///
/// Not `Sendable`: everything in it happens on the thread that runs it.
package final class DeliveryLoop {
  /// A destination that is served.
  private struct Served {
    var outbox: Outbox
    var isReading = false
    /// Since when there has been no room for what is being read.
    var fullSince: Timestamp?
    /// Reading again before this would take too large a part of a processor.
    var readAgainAt = Timestamp.earliest
    var readingFailure: StoreError?
    /// Dead letters that there were when the outbox was made, without those counted since.
    var deadBefore: Int
    var deliveredAt: Timestamp
  }

  private let access: any DeliveryAccess
  private let transport: any WebhookTransport
  private let reader: any FeedReading
  private let policy: RetryPolicy
  private let secrets: (Webhook.Secret) -> [UInt8]?
  private let seed: () -> UInt64
  private let only: String?
  private var served: [UInt32: Served] = [:]
  /// The counts of outboxes that begin again.
  private var formerCounts: [UInt32: OutboxCounts] = [:]
  private var storeID = ""
  /// Whether there may be records that have not been looked at.
  private var isNews = true
  /// How many views were asked for, and which is the first that shows all that was recorded for outboxes that ended.
  private var snapshotsAsked = 0
  private var snapshotsTaken = 0
  private var snapshotNeeded = 1
  /// Steps that are being recorded.
  private var isPosted = false
  private var postAgainAt = Timestamp.earliest
  private var askAgainAt = Timestamp.earliest
  private var isStopping = false
  private var hasLooked = false

  /// How many records without a change are passed before that is recorded.
  private static let progressRecords: UInt64 = 100_000
  /// How long a reading waits for room.
  private static let fullMax = Milliseconds(1000)

  /// - Parameters:
  ///   - secrets: Reads a secret; nil if it cannot be read.
  ///   - seed: Draws a seed for the variation of delays.
  ///   - only: The name of the only destination to serve; nil for all.
  package init(
    _ access: any DeliveryAccess, _ transport: any WebhookTransport, _ reader: any FeedReading,
    policy: RetryPolicy = RetryPolicy(), only: String? = nil,
    secrets: @escaping (Webhook.Secret) -> [UInt8]?, seed: @escaping () -> UInt64
  ) {
    self.access = access
    self.transport = transport
    self.reader = reader
    self.policy = policy
    self.only = only
    self.secrets = secrets
    self.seed = seed
  }

  /// Records may have come.
  package func noteNews() { isNews = true }

  /// No requests begin any more; those under way are ended.
  package func stop() {
    isStopping = true
    for number in served.keys { served[number]?.outbox.isRetiring = true }
  }

  /// Whether there is a destination that is served, or a view that was asked for and has not come.
  package var isServing: Bool { !served.isEmpty || snapshotsAsked > snapshotsTaken }

  /// Whether nothing is under way.
  package var isIdle: Bool {
    hasLooked && !isPosted && served.values.allSatisfy { !$0.outbox.isBusy }
      && (isStopping || (!isNews && served.values.allSatisfy { !$0.isReading }))
  }

  /// How the destinations are, in the order of their definition.
  package var statuses: [DeliveryStatus] {
    served.sorted { $0.key < $1.key }.map { _, served in
      DeliveryStatus(
        destination: served.outbox.destination, counts: served.outbox.counts,
        pending: served.outbox.pendingCount,
        dead: max(0, served.deadBefore + served.outbox.counts.dead),
        deliveredAt: served.deliveredAt, readingFailure: served.readingFailure,
        readThrough: served.outbox.readThrough,
        isBusy: isPosted || served.isReading || served.outbox.isBusy)
    }
  }

  /// Does all that can be done now.
  ///
  /// - Returns: When there is something to do without news, `now` for at once; nil if only news can bring it about.
  package func step(at now: Timestamp) -> Timestamp? {
    for news in access.takeNews() { take(news, at: now) }
    for (name, answer) in transport.takeAnswers() {
      served[name.destination]?.outbox.answered(name.id, answer, at: now)
    }
    for number in served.keys.sorted() { takeChunks(of: number, at: now) }
    retire()
    post(at: now)
    return askForSnapshot(at: now)
  }

  // MARK: News

  private func take(_ news: DeliveryNews, at now: Timestamp) {
    switch news {
    case .snapshot(let snapshot):
      snapshotsTaken += 1
      isNews = false
      hasLooked = true
      look(at: snapshot, now)
    case .replies(let replies):
      isPosted = false
      for reply in replies { take(reply, at: now) }
    case .noSnapshot:
      snapshotsTaken += 1
      askAgainAt = now + Milliseconds(1000)
    case .refused:
      isPosted = false
      postAgainAt = now + Milliseconds(1000)
      for number in served.keys { served[number]?.outbox.refused() }
    }
  }

  private func take(_ reply: OutboxReply, at now: Timestamp) {
    switch reply {
    case .settled(let number, let ids):
      let before = served[number]?.outbox.counts.messages
      served[number]?.outbox.settled(ids)
      if let before, let after = served[number]?.outbox.counts.messages, after > before {
        served[number]?.deliveredAt = now
      }
    case .handedOut(let number, let id, let allowed?):
      guard let sending = served[number]?.outbox.handedOut(id, allowed: allowed, at: now) else {
        return
      }
      send(sending, of: number, at: now)
    case .handedOut(let number, _, nil):
      // Something has been ordered by hand: the outbox begins again with that.
      served[number]?.outbox.isRetiring = true
      served[number]?.outbox.refused()
      isNews = true
    }
  }

  private func send(_ sending: OutboxSending, of number: UInt32, at now: Timestamp) {
    guard let webhook = served[number]?.outbox.webhook else { return }
    guard let secret = secrets(webhook.secret) else {
      served[number]?.outbox.answered(sending.id, WebhookAnswer(failure: .noSecret), at: now)
      return
    }
    transport.start(
      WebhookRequest(sending, of: number, to: webhook, store: storeID, secret: secret, at: now))
  }

  /// Adds destinations that are new, ends those that are gone or out of date, and reads for the others.
  private func look(at snapshot: Snapshot, _ now: Timestamp) {
    storeID = ProfileID(snapshot.storeID).description
    let present = snapshot.scalars.destinations.filter {
      $0.outbox != nil && only.map($0.destination.name.hasSameBytes) ?? true
    }
    for number in served.keys where !present.contains(where: { $0.number == number }) {
      reader.end(number)
      served[number] = nil
    }
    for state in present {
      if let orders = state.outbox?.orderCount, let outbox = served[state.number]?.outbox,
        outbox.orderCount != orders
      {
        served[state.number]?.outbox.isRetiring = true
      }
      if served[state.number] == nil { add(state, snapshot, now) }
      read(for: state.number, on: snapshot, now)
    }
  }

  private func add(_ state: DestinationState, _ snapshot: Snapshot, _ now: Timestamp) {
    guard !isStopping, snapshotsTaken >= snapshotNeeded, let progress = state.outbox else {
      isNews = !isStopping
      return
    }
    do throws(StoreError) {
      let requeued =
        progress.requeuedCount > 0
        ? try snapshot.deadLetters(of: state.number).filter(\.isRequeued) : []
      let gone = Set(requeued.filter(snapshot.isGone).map(\.address))
      guard
        var outbox = Outbox(
          state, requeued: requeued.map(\.address), gone: gone, policy: policy, seed: seed())
      else { return }
      outbox.counts = formerCounts.removeValue(forKey: state.number) ?? outbox.counts
      served[state.number] = Served(
        outbox: outbox, deadBefore: Int(clamping: progress.deadCount) - outbox.counts.dead,
        deliveredAt: progress.deliveredAt)
    } catch {
      isNews = true
    }
  }

  // MARK: Reading

  private func read(for number: UInt32, on snapshot: Snapshot, _ now: Timestamp) {
    guard let state = served[number], !state.isReading, !state.outbox.isRetiring,
      snapshot.lastSequence > state.outbox.readThrough.sequence
    else { return }
    guard now >= state.readAgainAt, state.outbox.wantsItems else {
      isNews = true
      return
    }
    served[number]?.isReading = true
    reader.start(state.outbox.question, on: snapshot)
  }

  private func takeChunks(of number: UInt32, at now: Timestamp) {
    while let state = served[number], state.isReading {
      guard state.outbox.wantsItems else { return noteFull(number, at: now) }
      served[number]?.fullSince = nil
      guard let event = reader.take(number) else { return }
      switch event {
      case .chunk(let chunk): served[number]?.outbox.add(chunk)
      case .end(let failure, let taken):
        served[number]?.isReading = false
        served[number]?.readingFailure = failure
        served[number]?.readAgainAt =
          now + (failure == nil ? Milliseconds(4 * taken.value) : Milliseconds(10_000))
        if failure != nil { isNews = true }
      }
    }
  }

  /// A reading that nobody takes anything of ends after a while, so that its view of the store can be let go of.
  private func noteFull(_ number: UInt32, at now: Timestamp) {
    let since = served[number]?.fullSince ?? now
    served[number]?.fullSince = since
    guard now >= since + Self.fullMax else { return }
    reader.end(number)
    served[number]?.isReading = false
    served[number]?.fullSince = nil
    isNews = true
  }

  /// Ends outboxes that are out of date and have nothing under way; they begin again with a view that shows it all.
  private func retire() {
    guard !isStopping else { return }
    for (number, state) in served where state.outbox.isRetiring && !state.outbox.isBusy && !isPosted
    {
      reader.end(number)
      formerCounts[number] = state.outbox.counts
      served[number] = nil
      snapshotNeeded = snapshotsAsked + 1
      isNews = true
    }
  }

  // MARK: Steps

  private func post(at now: Timestamp) {
    guard !isPosted, now >= postAgainAt else { return }
    var steps: [OutboxStep] = []
    for number in served.keys.sorted() {
      if let (record, ids) = served[number]?.outbox.takeSettlement(at: now) {
        steps.append(.settle(record, ids))
      }
      let handOuts = served[number]?.outbox.takeHandOuts(at: now) ?? []
      steps += handOuts.map { .handOut($0) }
      if handOuts.isEmpty,
        let progress = served[number]?.outbox.takeProgress(
          at: now, distance: Self.progressRecords)
      {
        steps.append(.handOut(progress))
      }
    }
    guard !steps.isEmpty else { return }
    isPosted = true
    access.post(steps)
  }

  /// Asks for a view if there may be something new in it that somebody wants to read.
  ///
  /// - Returns: When there is something to do without news.
  private func askForSnapshot(at now: Timestamp) -> Timestamp? {
    let due = served.values.compactMap { $0.outbox.wakeTime(after: now) }.min()
    var wake = isPosted ? nil : due.map { max($0, postAgainAt) }
    if !isPosted, postAgainAt > now { wake = postAgainAt }
    if let full = served.values.compactMap(\.fullSince).min() {
      wake = min(wake ?? full + Self.fullMax, full + Self.fullMax)
    }
    guard isNews, !isStopping, snapshotsAsked == snapshotsTaken else { return wake }
    let waiting = served.values.filter { !$0.isReading && $0.outbox.wantsItems }
    let isSomethingMissing = served.isEmpty || snapshotNeeded > snapshotsTaken
    guard !waiting.isEmpty || isSomethingMissing else { return wake }
    let readAt = isSomethingMissing ? now : waiting.map(\.readAgainAt).min() ?? now
    let askAt = max(readAt, askAgainAt)
    guard askAt <= now else { return min(wake ?? askAt, askAt) }
    snapshotsAsked += 1
    access.requestSnapshot()
    return wake
  }
}
