// What becomes of requests: delivered, sent again later, split, or given up; and that this is recorded.

import Bytes
import Engine

/// What happened since an outbox was made, in this process.
package struct OutboxCounts: Equatable, Sendable {
  /// Messages that receivers have taken.
  package var messages = 0
  /// Messages that were withheld, because the persons do not consent.
  package var withheld = 0
  /// Requests that were sent.
  package var requests = 0
  /// Requests that failed, each attempt counted.
  package var failures = 0
  /// Changes that became dead letters.
  package var dead = 0
  /// Why the last request failed; nil if it did not, or only for what it held.
  package var failure: DeliveryFailure?
}

/// How a receiver answered.
package struct WebhookAnswer: Equatable, Sendable {
  /// Why it is not delivered; nil if it is.
  package var failure: DeliveryFailure?
  /// How long the receiver asks to wait.
  package var retryAfter: Milliseconds?

  package init(failure: DeliveryFailure? = nil, retryAfter: Milliseconds? = nil) {
    self.failure = failure
    self.retryAfter = retryAfter
  }

  /// The answer of a status of HTTP.
  package init(status: Int, retryAfter: Milliseconds? = nil) {
    failure = 200...299 ~= status ? nil : .status(UInt16(clamping: status))
    self.retryAfter = retryAfter
  }
}

extension Outbox {
  /// A request has been answered, or has failed.
  package mutating func answered(_ id: UInt64, _ answer: WebhookAnswer, at now: Timestamp) {
    guard let index = requests.firstIndex(where: { $0.id == id }), requests[index].phase == .sent,
      let name = requests[index].name
    else { return }
    counts.requests += 1
    counts.failure = answer.failure.flatMap { $0.isAboutMessages ? nil : $0 }
    guard let failure = answer.failure else {
      let messages = UInt64(requests[index].messageCount)
      requests[index].phase = .answered(.delivered(name, messages: messages))
      return
    }
    counts.failures += 1
    var delay = policy.delay(after: requests[index].attempts, random: drawRandom())
    if failure.isBusy, let wanted = answer.retryAfter {
      let asked = min(wanted, policy.window)
      pause(until: now + asked)
      delay = max(delay, asked)
    }
    guard !failure.isAboutMessages else {
      requests[index].phase = .answered(ending(of: requests[index], failure, name, splits: true))
      return
    }
    let age = now.milliseconds - (requests[index].since ?? now).milliseconds
    let isOver =
      requests[index].attempts >= policy.attemptsMin && age + delay.value > policy.window.value
    requests[index].phase =
      isOver
      ? .answered(ending(of: requests[index], failure, name, splits: failure.isOfReceiver))
      : .due(now + delay)
  }

  /// What becomes of a request that is not sent again as it is.
  private func ending(
    of request: OutboxRequest, _ failure: DeliveryFailure, _ name: RequestName, splits: Bool
  ) -> SettlementRecord.Result {
    splits && request.items.count > 1
      ? .split(name)
      : .dead(request.addresses, failure, attempts: UInt32(clamping: request.attempts))
  }

  /// The outcomes that are to be recorded, with the requests that they are of.
  package mutating func takeSettlement(
    at now: Timestamp
  ) -> (record: SettlementRecord, ids: [UInt64])? {
    var record = SettlementRecord(number: number, at: now, results: [])
    var ids: [UInt64] = []
    for index in requests.indices {
      guard case .answered(let result) = requests[index].phase else { continue }
      requests[index].phase = .recording(result)
      record.results.append(result)
      ids.append(requests[index].id)
    }
    return ids.isEmpty ? nil : (record, ids)
  }

  /// Outcomes have been recorded.
  package mutating func settled(_ ids: [UInt64]) {
    for id in ids {
      guard let index = requests.firstIndex(where: { $0.id == id }),
        case .recording(let result) = requests[index].phase
      else { continue }
      let request = requests[index]
      if case .split = result {
        addHalves(of: request, at: index)
        continue
      }
      if case .dead(let items, _, _) = result { counts.dead += items.count }
      if case .delivered(_, let messages) = result { counts.messages += Int(clamping: messages) }
      requests.remove(at: index)
      release(request.items)
    }
  }

  /// The store could not record the steps in hand, which are to be tried again.
  package mutating func refused() {
    for index in requests.indices { requests[index].putBack() }
  }
}
