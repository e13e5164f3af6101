// Webhooks of a running store: one thread serves them all, away from the thread that writes.

import Activation
import Bytes
import Cairn
import Engine
import Logging
import Storage
import Synchronization

/// Serves the webhooks of a live store on a thread of its own.
public final class WebhookDeliveries: Sendable {
  private struct State {
    var statuses: [DeliveryStatus] = []
    var isStopping = false
    /// Whether the store has more records, or somebody asks.
    var isNews = true
    /// The destinations that fail.
    var failing: Set<String> = []
  }

  private let live: LiveStore
  private let logger: Logger
  private let state = Mutex(State())
  private let wakeUp = Mutex<@Sendable () -> Void>({})
  private let ended = BoundedQueue<Void>(capacity: 1)

  /// The longest that stopping waits for requests that are under way.
  private static let stopMax = Milliseconds(2000)
  /// The longest that somebody who asks for deliveries waits for them.
  private static let askedMax = Duration.seconds(10)

  private init(_ live: LiveStore, _ logger: Logger) {
    self.live = live
    self.logger = logger
  }

  /// Begins to serve the webhooks of a store, until `stop`.
  ///
  /// - Parameters:
  ///   - userAgent: What is sent as `User-Agent`.
  ///   - logger: Gets a line when a destination begins to fail, when it works again, and when a change is given up.
  public static func start(
    for live: LiveStore, userAgent: String, _ logger: Logger
  ) throws(StoreError) -> WebhookDeliveries {
    let deliveries = WebhookDeliveries(live, logger)
    guard let thread = WorkerThread({ deliveries.run(userAgent) }) else {
      throw StoreError(.io(0), "no thread could be started; close other programs and try again")
    }
    thread.detach()
    return deliveries
  }

  /// No requests begin any more, and those under way have two seconds from now on.
  public func beginStopping() {
    live.watch(nil)
    state.withLock { $0.isStopping = true }
    wake()
  }

  /// Stops serving and waits for it.
  ///
  /// What is not answered by then is sent again when the store is next served, under the same keys. To be
  /// called once, before the store is closed; blocks.
  public func stop() {
    beginStopping()
    _ = ended.pop()
  }

  /// How the webhooks are.
  package var statuses: [DeliveryStatus] { state.withLock { $0.statuses } }

  private func wake() { wakeUp.withLock { $0 }() }

  private func note() {
    state.withLock { $0.isNews = true }
    wake()
  }

  // MARK: The thread

  private func run(_ userAgent: String) {
    defer { ended.close() }
    let transport = CurlTransport(userAgent: userAgent)
    wakeUp.withLock { [wake = transport.wake] in $0 = wake }
    let access = LiveAccess(live, onNews: transport.wake)
    let reader = FeedReaders(now: { [live] in live.now }, onEvent: transport.wake)
    let loop = DeliveryLoop(
      access, transport, reader, secrets: { try? WebhookSecrets.read($0) },
      seed: { [live] in live.randomSeed() })
    live.watch { [weak self] in self?.note() }
    var webhookCount = 0
    var stopBy: Timestamp?
    while true {
      let now = live.now
      let (isNews, isStopping) = state.withLock { state in
        defer { state.isNews = false }
        return (state.isNews, state.isStopping)
      }
      let count = live.statistics.webhookCount
      // After the last webhook has been removed, what was served is ended first.
      let isServing = count + webhookCount > 0 || loop.isServing
      if isNews, isServing { loop.noteNews() }
      if isStopping, stopBy == nil {
        loop.stop()
        stopBy = now + Self.stopMax
      }
      webhookCount = count
      let next = isServing ? loop.step(at: now) : nil
      publish(loop.statuses)
      if let stopBy, !isServing || loop.isIdle || now >= stopBy { return }
      let wait = next.map { $0.milliseconds - now.milliseconds } ?? Int64.max
      transport.wait(atMost: Milliseconds(min(max(wait, 0), stopBy == nil ? 1000 : 50)))
    }
  }

  private func publish(_ statuses: [DeliveryStatus]) {
    var news: [(DeliveryStatus, isFailing: Bool)] = []
    var dead: [(DeliveryStatus, Int)] = []
    state.withLock { state in
      let before = state.statuses
      state.statuses = statuses
      for status in statuses {
        let name = status.destination.name
        let isFailing = status.counts.failure != nil || status.readingFailure != nil
        let isNew =
          isFailing
          ? state.failing.insert(name).inserted : state.failing.remove(name) != nil
        if isNew { news.append((status, isFailing)) }
        let known = before.first { $0.destination.name == name }?.counts.dead ?? 0
        if status.counts.dead > known { dead.append((status, status.counts.dead - known)) }
      }
    }
    for (status, isFailing) in news { log(status, isFailing) }
    for (status, count) in dead {
      logger.warning(
        "changes were given up; see 'cairn delivery list'",
        metadata: ["destination": "\(status.destination.name)", "changes": "\(count)"])
    }
  }

  private func log(_ status: DeliveryStatus, _ isFailing: Bool) {
    let name = status.destination.name
    guard isFailing else {
      return logger.notice("deliveries work again", metadata: ["destination": "\(name)"])
    }
    let reason = status.readingFailure.map { "\($0.code)" } ?? status.counts.failure?.name ?? ""
    logger.warning(
      "a delivery failed; its changes stay pending",
      metadata: ["destination": "\(name)", "reason": "\(reason)"])
  }

  // MARK: Asking

  /// Waits until what was pending has been sent, or has to wait; ten seconds at most.
  ///
  /// - Returns: The outcome since the call, for the one of a name or for all.
  func deliver(to name: String?) async -> [DeliveryOutcome] {
    let wanted = (try? await live.snapshot())?.lastSequence
    func present() -> [DeliveryStatus] {
      statuses.filter { status in name.map(status.destination.name.hasSameBytes) ?? true }
    }
    let before = present()
    note()
    let end = ContinuousClock.now + Self.askedMax
    while ContinuousClock.now < end, !Task.isCancelled {
      let isDone = present().allSatisfy { $0.isSettled(through: wanted) }
      if isDone, !present().isEmpty { break }
      try? await Task.sleep(for: .milliseconds(10))
    }
    let states = (try? await live.snapshot())?.destinations ?? []
    return present().map { status in
      let former = before.first { $0.destination.name == status.destination.name }?.counts
      let state = states.first { $0.destination.name == status.destination.name }
      return DeliveryOutcome(
        report: DeliveryReport(
          destination: status.destination.name,
          messages: status.counts.messages - (former?.messages ?? 0),
          withheld: status.counts.withheld - (former?.withheld ?? 0),
          cursor: state?.cursor ?? .start,
          requests: status.counts.requests - (former?.requests ?? 0), pending: status.pending,
          dead: state?.dead ?? 0), failure: status.readingFailure)
    }
  }
}

/// A live store as the thread that serves webhooks reaches it.
private final class LiveAccess: DeliveryAccess {
  private static let closing = StoreError(.poisoned, "the store is being closed")

  private let live: LiveStore
  private let news: NewsBox

  init(_ live: LiveStore, onNews: @escaping @Sendable () -> Void) {
    self.live = live
    news = NewsBox(onNews)
  }

  func requestSnapshot() {
    let isTaken = live.view { [news] result in
      switch result {
      case .success(let snapshot): news.add(.snapshot(snapshot))
      case .failure(let error): news.add(.noSnapshot(error))
      }
    }
    if !isTaken { news.add(.noSnapshot(Self.closing)) }
  }

  func post(_ steps: [OutboxStep]) {
    let isTaken = live.append { (store) throws(StoreError) in
      try store.take(steps)
    } onDurable: { [news] result in
      switch result {
      case .success(let replies): news.add(.replies(replies))
      case .failure(let error): news.add(.refused(error))
      }
    }
    if !isTaken { news.add(.refused(Self.closing)) }
  }

  func takeNews() -> [DeliveryNews] { news.take() }
}

/// News on their way from the thread that writes.
private final class NewsBox: Sendable {
  private let news = Mutex<[DeliveryNews]>([])
  private let onNews: @Sendable () -> Void

  init(_ onNews: @escaping @Sendable () -> Void) { self.onNews = onNews }

  func add(_ new: DeliveryNews) {
    news.withLock { $0.append(new) }
    onNews()
  }

  func take() -> [DeliveryNews] {
    news.withLock { news in
      defer { news.removeAll() }
      return news
    }
  }
}
