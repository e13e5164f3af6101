// The one error at this module's face. Decoders below it throw `DecodeError` and the file-system
// seam throws `IOError`; both become a `StoreError` where the file's name is known.

import Bytes
import Glibc

/// What went wrong with a store: a code for programs, a message for people.
public struct StoreError: Error, Equatable, Sendable {
  /// The kinds of failure, by what the caller can do about them.
  public enum Code: Equatable, Sendable {
    /// The operating system refused; holds its `errno`.
    case io(Int32)
    /// There is no space for what was to be written. Nothing was written; try again with space.
    case noSpace
    /// Another process holds the store.
    case locked
    /// An earlier write or sync failed: reads go on, writes need the store to be reopened.
    case poisoned
    /// A source of truth (log or manifest) does not hold what was written to it.
    case corrupt
    /// A derived file is damaged or missing; it can be rebuilt from the log.
    case damagedIndex
    /// The file was written by a newer version of the program.
    case newerFormat
    /// The file was written by an earlier version, whose format this one does not read.
    case olderFormat
    /// The path holds no store.
    case notAStore
    /// The path already holds something.
    case alreadyExists
    /// The directory or its file system does not allow writing.
    case readOnly
    /// A batch or request does not follow on what is there.
    case outOfOrder
    /// A record or name is beyond the format's limit.
    case tooLarge
    /// What a cursor points at has been erased or rolled up; begin again.
    case gone
    /// The log has no such record.
    case noSuchRecord
  }

  /// What kind of failure it is.
  public var code: Code
  /// What happened and what to do, for a person.
  ///
  /// Never holds customer data.
  public var message: String
  /// The file concerned, if one is.
  public var file: String?
  /// Where in the file, in bytes from its start.
  public var offset: Int?

  /// Makes an error.
  public init(_ code: Code, _ message: String, file: String? = nil, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.file = file
    self.offset = offset
  }
}

extension StoreError: CustomStringConvertible {
  /// The message, followed by file and offset where they are known.
  public var description: String {
    var text = message
    if let file { text += " [\(file)" + (offset.map { ", offset \($0)]" } ?? "]") }
    return text
  }
}

extension StoreError {
  /// The error for a failed call of the operating system.
  ///
  /// ENOSPC, EDQUOT and EFBIG become `noSpace`; EROFS, EACCES and EPERM become `readOnly`.
  public init(_ error: IOError) {
    switch error.errno {
    case _ where error.isNoSpace:
      self.init(.noSpace, "\(error); \(error.spaceRemedy)", file: error.path)
    case EROFS, EACCES, EPERM:
      self.init(
        .readOnly, "\(error); the store's directory must be writable by this user", file: error.path
      )
    default:
      self.init(.io(error.errno), "\(error); check the disk, then try again", file: error.path)
    }
  }

  /// The error for bytes of a source of truth that do not follow its format.
  public init(_ error: DecodeError, in file: String, at base: Int = 0) {
    self = .corrupt("\(error.reason) where the format allows none", file, at: base + error.offset)
  }

  /// The error for damage to the log or the manifest; `what` names the damage.
  static func corrupt(_ what: String, _ file: String, at offset: Int) -> StoreError {
    StoreError(
      .corrupt, "damaged file: \(what); restore it from a backup", file: file, offset: offset)
  }

  /// The error for a file of a version that is not `known`, the one that this program reads.
  static func foreign(_ version: UInt16, not known: UInt16, _ file: String) -> StoreError {
    guard version > known else {
      return StoreError(
        .olderFormat,
        "format version \(version) is older than \(known), the one that this program reads; make a "
          + "new store and ingest the input again, or use the program version that wrote the store",
        file: file, offset: 0)
    }
    return StoreError(
      .newerFormat,
      "format version \(version) is newer than \(known), the newest that this program knows; "
        + "use the program version that wrote the store", file: file, offset: 0)
  }
}
