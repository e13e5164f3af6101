/// stub
public final class Run: Sendable {
  var memoryBytes: Int { 0 }
  func touch(_ hash: UInt64) {}
  func find(_ key: TableKey, _ hash: UInt64) throws(StoreError) -> LayerEntry? { nil }
}
struct RunCursor {
  init(_ run: Run) throws(StoreError) {}
  var entry: (key: TableKey, state: EntryState, bytes: UnsafeRawBufferPointer)? { nil }
  mutating func advance() throws(StoreError) {}
}
