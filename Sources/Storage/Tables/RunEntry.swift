// How the manifest names the runs of a table, and what a flush asks to be changed in it.

/// A run file as the manifest lists it.
public struct RunEntry: Sendable, Equatable {
  /// The table that the run belongs to.
  public var table: UInt16
  /// The number in the file's name.
  public var file: UInt64
  /// The file's size in bytes.
  public var byteCount: UInt64
  /// The number of entries, removed keys included.
  public var entryCount: UInt64
  /// How many merges the oldest of its entries went through, at most 255.
  public var level: UInt8

  /// Makes an entry.
  public init(table: UInt16, file: UInt64, byteCount: UInt64, entryCount: UInt64, level: UInt8) {
    self.table = table
    self.file = file
    self.byteCount = byteCount
    self.entryCount = entryCount
    self.level = level
  }
}

/// What a flush changed in the list of a table's runs.
public struct RunEdit: Sendable, Equatable {
  /// Runs that are durable except for their directory entry, and newer than all others of their table.
  public var added: [RunEntry]
  /// Numbers of files that are no longer needed once the manifest without them is durable.
  public var removed: [UInt64]

  /// Whether nothing changed.
  public var isEmpty: Bool { added.isEmpty && removed.isEmpty }

  /// Applies the edit to the manifest's list of table runs or timer runs.
  ///
  /// What is added goes last, so that the runs of each table stay in order of age.
  public func apply(to runs: inout [RunEntry]) {
    runs.removeAll { removed.contains($0.file) }
    runs += added
  }

  /// Makes an edit.
  public init(added: [RunEntry] = [], removed: [UInt64] = []) {
    self.added = added
    self.removed = removed
  }
}
