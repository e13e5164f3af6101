// The file that a destination appends to. What lies beyond its recorded end was not acknowledged: a crash
// may have left any part of it, so it is taken off and written again.

import Bytes
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
  ///   shorter was taken away by its reader and is gone on with at its last whole line.
  init(_ path: String, recorded: Int, on system: any FileSystem) throws(StoreError) {
    do throws(IOError) {
      if try system.exists(path) {
        file = try system.open(path, .readWrite)
      } else {
        file = try system.open(path, .create)
        try system.syncDirectory(Self.folder(of: path))
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

  /// The one path that stands for a file, as far as its folders are there: absolute, without `.`, `..`
  /// and symbolic links.
  ///
  /// A link in the last place is left as it is: such a file is never opened.
  static func place(of path: String) -> String {
    var missing: [Substring] = []
    var parts = path.split(separator: "/")
    let root = path.hasPrefix("/") ? "/" : "./"
    if let name = parts.popLast() { missing.append(name) }
    while true {
      if let found = realpath(root + parts.joined(separator: "/"), nil) {
        defer { free(found) }
        let folder = String(cString: found)
        return (folder == "/" ? "" : folder) + "/" + missing.reversed().joined(separator: "/")
      }
      guard let name = parts.popLast() else { return path }
      missing.append(name)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
    return String(path[..<slash])
  }
}

extension StoreError {
  /// The error for a destination's file that refuses; the store itself is not concerned.
  init(_ error: IOError, deliveringTo path: String) {
    self.init(
      .io(error.errno),
      "the destination's file refuses: \(error); what was not delivered waits: repair the file or its "
        + "folder and deliver again", file: path)
  }
}
