// Where the files of tables are, for callers that open a set of them.

/// Opens tables by their numbers.
public protocol TableSource {
  /// Opens a hashed table.
  func table(_ id: UInt16, _ kind: TableKind) throws(StoreError) -> Table
  /// Opens a table of rows by ordinal.
  func rows(_ id: UInt16) throws(StoreError) -> RowTable
}

/// Makes empty tables.
public struct EmptyTables: TableSource {
  /// Needs nothing.
  public init() {}

  /// Makes an empty hashed table.
  public func table(_ id: UInt16, _ kind: TableKind) -> Table { Table(id: id, kind: kind) }

  /// Makes an empty table of rows.
  public func rows(_ id: UInt16) -> RowTable { RowTable(id: id) }
}
