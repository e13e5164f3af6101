// The file that a destination appends to. What lies beyond its recorded end was not acknowledged: a crash
// may have left any part of it, so it is truncated and written again.

import Bytes
import Engine
import Glibc
import Storage

/// A file of lines, open for appending.
struct DeliveryFile {
  private let file: any File
  /// Where the next line goes.
  private(set) var end: Int

  /// Opens the file, or makes it, readable by its owner only, in a folder that must exist.
  ///
  /// - Parameter recorded: Its size after the last delivery that was recorded. A file that has become
  ///   shorter was taken away by its reader and is continued at its last whole line.
  /// - Parameter store: The directory of the store. What root creates belongs to its owner, who delivers
  ///   next time.
  init(
    _ path: String, recorded: Int, of store: String, on system: any FileSystem
  ) throws(StoreError) {
    do throws(IOError) {
      if try system.exists(path) {
        file = try system.open(path, .readWrite)
      } else {
        file = try system.create(path, forOwnerOf: store)
        try system.syncDirectory(FilePlace.folder(of: path))
      }
      let size = try file.size()
      end = try Self.endOfLines(in: file, upTo: min(size, recorded))
      if end < size { try file.truncate(to: end) }
    } catch {
      throw StoreError(error, deliveringTo: path)
    }
  }

  /// Appends lines and makes them durable.
  mutating func append(_ lines: [UInt8]) throws(StoreError) {
    do throws(IOError) {
      try file.writeAll(lines, at: end)
      try file.syncData()
    } catch {
      throw StoreError(error, deliveringTo: file.path)
    }
    end += lines.count
  }

  /// Where the last line feed before `limit` ends; 0 if there is none.
  static func endOfLines(in file: any File, upTo limit: Int) throws(IOError) -> Int {
    var end = limit
    while end > 0 {
      let start = max(0, end - 65_536)
      let bytes = try file.readBytes(at: start, count: end - start)
      if let last = bytes.lastIndex(of: 0x0A) { return start + last + 1 }
      end = start
    }
    return 0
  }

  /// What keeps the thing at a path from being a destination's file: it must be a plain file with one name.
  ///
  /// - Returns: What is there instead, as a phrase; nil for a plain file, or if nothing is there.
  static func obstacle(at path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG where status.st_nlink > 1:
      return "the file has another name elsewhere (a hard link), where others may write to it"
    case S_IFREG: return nil
    case S_IFLNK: return "this is a symbolic link"
    case S_IFDIR: return "this is a folder"
    case S_IFIFO: return "this is a pipe"
    default: return "this is a device or a socket"
    }
  }
}

extension StoreError {
  /// The error for a destination's file that cannot be written; the store itself is not affected.
  init(_ error: IOError, deliveringTo path: String) {
    self.init(
      .io(error.errno),
      "cannot \(error.operation.rawValue) the destination's file: undelivered changes stay pending; correct "
        + "the file or its folder and deliver again", file: path)
  }
}
