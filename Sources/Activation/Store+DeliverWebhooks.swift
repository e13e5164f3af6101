// Deliveries to webhooks without a server: one run over what waits, which then ends.

import Bytes
import Engine
import Storage

extension Store {
  /// How long a run waits for a rate limit or a receiver that asks for a pause, in milliseconds.
  private static let waitMax: Int64 = 5000

  /// Delivers what waits for webhooks.
  ///
  /// Failed requests are sent again within the run only if that is due within five seconds, as after a short
  /// `Retry-After`; what has to wait longer stays pending.
  ///
  /// - Parameters:
  ///   - name: The only one to serve; nil for all.
  ///   - userAgent: What is sent as `User-Agent`.
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is no destination of this name; what the store fails
  ///   with.
  public func deliverToWebhooks(
    _ name: String? = nil, userAgent: String
  ) throws(StoreError) -> [DeliveryOutcome] {
    if let name { _ = try destination(named: name) }
    let before = destinationStates.filter { $0.outbox != nil }
    guard before.contains(where: { name.map($0.destination.name.hasSameBytes) ?? true }) else {
      return []
    }
    try settleTimers()
    let environment = options.environment
    let transport = CurlTransport(userAgent: userAgent)
    let access = DirectAccess(self)
    let reader = FeedReaders(now: environment.now, onEvent: transport.wake)
    let loop = DeliveryLoop(
      access, transport, reader, only: name, secrets: { try? WebhookSecrets.read($0) },
      seed: { environment.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } })
    while true {
      let now = environment.now()
      let wake = loop.step(at: now)
      if let failure = access.failure { throw failure }
      if access.hasNews { continue }
      let wait = wake.map { $0.milliseconds - now.milliseconds } ?? .max
      if loop.isIdle, wait > Self.waitMax { break }
      transport.wait(atMost: Milliseconds(min(max(wait, 0), 1000)))
    }
    return loop.statuses.map { outcome($0, since: before) }
  }

  private func outcome(_ status: DeliveryStatus, since before: [DestinationState])
    -> DeliveryOutcome
  {
    let state = destinationStates.first {
      $0.destination.name.hasSameBytes(as: status.destination.name)
    }
    let report = DeliveryReport(
      destination: status.destination.name, messages: status.counts.messages,
      withheld: status.counts.withheld,
      cursor: state?.cursor ?? .start, requests: status.counts.requests, pending: status.pending,
      dead: Int(clamping: state?.outbox?.deadCount ?? 0))
    return DeliveryOutcome(report: report, failure: status.readingFailure)
  }
}

/// A store that is used by the thread that delivers.
final class DirectAccess: DeliveryAccess {
  private let store: Store
  private var news: [DeliveryNews] = []
  /// Why nothing can be recorded any more.
  private(set) var failure: StoreError?

  init(_ store: Store) { self.store = store }

  var hasNews: Bool { !news.isEmpty }

  func requestSnapshot() {
    do throws(StoreError) { news.append(.snapshot(try store.snapshot())) } catch { failure = error }
  }

  func post(_ steps: [OutboxStep]) {
    do throws(StoreError) {
      news.append(
        .replies(
          try store.committing { (store) throws(StoreError) in try store.take(steps) }))
    } catch {
      failure = error
    }
  }

  func takeNews() -> [DeliveryNews] {
    defer { news.removeAll() }
    return news
  }
}
