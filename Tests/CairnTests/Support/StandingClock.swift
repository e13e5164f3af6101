// A clock that stands where the test puts it.

import Bytes
import Cairn
import Storage
import Synchronization
@testable import Engine

/// The machine's clock of a test.
final class StandingClock: Sendable {
  private let milliseconds: Atomic<Int64>

  init(_ milliseconds: Int64) { self.milliseconds = Atomic(milliseconds) }

  func set(_ value: Int64) { milliseconds.store(value, ordering: .relaxed) }

  /// Options for a store that lives by this clock.
  func options(memory: Int? = nil, segmentBytes: Int? = nil) -> StoreOptions {
    var options = StoreOptions()
    options.environment = .fixed(now: {
      Timestamp(milliseconds: self.milliseconds.load(ordering: .relaxed))
    })
    if let memory { options.memoryBytesMax = memory }
    if let segmentBytes {
      options.storage = StorageOptions(segmentBytesMax: segmentBytes, blockBytes: 2048)
    }
    return options
  }
}
