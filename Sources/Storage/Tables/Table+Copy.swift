// A second handle on a table's runs, for work that is to count whole or not at all: runs are written
// through the copy, and the table takes them over once the manifest lists them.

extension Table {
  /// A table over the same runs as `other`, which goes on as if it were not there.
  ///
  /// What `other` holds in memory is not in it.
  ///
  /// Complexity: O(runs); no I/O.
  public convenience init(runsOf other: Table) {
    self.init(id: other.id, kind: other.kind, runs: other.layers.runs)
  }

  /// Takes over the runs of a copy that was flushed.
  ///
  /// Snapshots keep what they were given. Both handles must have nothing in memory: that of this one
  /// would be lost, that of the copy is on no disk.
  ///
  /// Complexity: O(runs); no I/O.
  public func adopt(runsOf copy: Table) {
    precondition(
      flushing == 0 && layers.memtables.allSatisfy { $0.count == 0 }
        && copy.layers.memtables.allSatisfy { $0.count == 0 },
      "runs are taken over between tables that hold nothing in memory")
    layers = LayerStack(runs: copy.layers.runs, memtables: [])
    freeze()
  }
}
