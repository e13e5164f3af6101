// Deliveries of a running store: made between commits, and reported where they begin to fail and where they work again.

import Activation
import Engine
import Logging
import Storage
import Synchronization

/// Delivers what waits for the destinations of a store that are files.
public final class Deliveries: Sendable {
  private let logger: Logger
  /// The destinations whose last delivery failed.
  private let failing = Mutex<Set<String>>([])

  /// - Parameter logger: Gets a line when a destination begins to fail, and when it works again.
  public init(_ logger: Logger) { self.logger = logger }

  /// Delivers to all these destinations, on the thread that writes to it.
  ///
  /// What could not be delivered stays pending and is tried again with the next changes.
  public func run(on store: Store) {
    let names = store.fileDestinationNames
    guard !names.isEmpty else { return }
    do throws(StoreError) {
      for outcome in try store.deliver(to: names) {
        note(outcome.failure, of: outcome.report.destination)
      }
    } catch {
      logger.error("deliveries failed", metadata: ["code": "\(error.code)"])
    }
  }

  private func note(_ failure: StoreError?, of destination: String) {
    let isNews = failing.withLock { failing in
      failure == nil ? failing.remove(destination) != nil : failing.insert(destination).inserted
    }
    guard isNews else { return }
    if let failure {
      logger.warning(
        "a delivery failed; its changes stay pending",
        metadata: ["destination": "\(destination)", "code": "\(failure.code)"])
    } else {
      logger.notice("deliveries work again", metadata: ["destination": "\(destination)"])
    }
  }
}
