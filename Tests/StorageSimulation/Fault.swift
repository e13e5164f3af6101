// Errors that a test makes the simulated disk answer with.

import Storage

/// One planned failure.
public struct Fault: Sendable {
  /// What happens.
  public enum Kind: CaseIterable, Sendable {
    /// EIO.
    case inputOutput
    /// ENOSPC, for calls that take space; half of a write is done before.
    case noSpace
    /// EINTR, for reads and writes.
    case interrupted
    /// Half of what was asked, for reads and writes.
    case short
    /// EIO for a sync; the data it covered is gone, though it stays visible until reopened.
    case syncDropsData
    /// EROFS, for calls that write.
    case readOnly
  }

  /// The call it strikes, counted from 0 over all calls of the file system and its files.
  public var index: Int
  /// What happens there.
  public var kind: Kind
  /// Whether it also strikes every later call.
  public var isSticky: Bool

  /// Plans a failure.
  public init(at index: Int, _ kind: Kind, isSticky: Bool = false) {
    self.index = index
    self.kind = kind
    self.isSticky = isSticky
  }
}

/// Ways in which a disk, or code above it that forgot a call, does not do what it says.
public struct Lies: OptionSet, Sendable {
  /// The bits.
  public let rawValue: Int
  /// Wraps bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// No directory sync does anything until the first manifest is in place.
  public static let noDirectorySyncAtCreation = Lies(rawValue: 1 << 0)
  /// A directory sync after a rename does nothing.
  public static let noDirectorySyncAfterRename = Lies(rawValue: 1 << 1)
  /// A sync of a log segment does nothing: acknowledged before it is durable.
  public static let noLogSync = Lies(rawValue: 1 << 2)
  /// A sync of the temporary manifest does nothing: renamed before its sync.
  public static let noManifestSync = Lies(rawValue: 1 << 3)
  /// A directory sync with a new segment in the directory does nothing unless a rename waits too.
  public static let noDirectorySyncForSegments = Lies(rawValue: 1 << 4)
  /// A sync of a run file does nothing: listed in the manifest before it is durable.
  public static let noRunSync = Lies(rawValue: 1 << 5)
}

/// One call of the file system, for traces and order assertions.
public struct TraceEntry: CustomStringConvertible, Sendable {
  /// Which call.
  public var operation: IOError.Operation
  /// The path it was about.
  public var path: String
  /// Its offset, size or target, where it has one.
  public var detail: String

  /// The call on one line, with the path's last part only.
  public var description: String {
    let name = path.split(separator: "/").last.map(String.init) ?? "/"
    return detail.isEmpty ? "\(operation) \(name)" : "\(operation) \(name) \(detail)"
  }
}
