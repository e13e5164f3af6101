// Who may use a live store: looked up by every request, so without the thread that writes.

import Bytes
import Engine
import Storage

extension LiveStore {
  /// The key of a text, if it is in force.
  ///
  /// - Complexity: O(keys); the comparison takes as long whatever differs.
  package func accessKey(_ text: String) -> AccessKey? {
    guard let name = AccessKeyText.name(in: text),
      let key = board.basis.keys.first(where: { $0.name == name })
    else { return nil }
    let hash = AccessKeyText.hash(text)
    var difference: UInt8 = 0
    for (a, b) in zip(hash, key.hash) { difference |= a ^ b }
    return difference == 0 && hash.count == key.hash.count ? key : nil
  }

  /// The number of a source; nil if it is new.
  package func knownSource(named name: String) -> SourceID? {
    board.basis.sources.first { $0.name == name }?.id
  }

  /// The number of a source, recorded as an input if it is new.
  package func source(named name: String) async throws(LiveError) -> SourceID {
    if let known = knownSource(named: name) { return known }
    return try await withStore { (store) throws(StoreError) in try store.openSource(name) }
  }
}
