// Where a path leads, so that one file or folder under two names is known for one.

import Glibc

/// The places that paths stand for.
package enum FilePlace {
  /// The one path that stands for a file, as far as its folders are there: absolute, without `.`, `..`
  /// and symbolic links.
  ///
  /// A link in the last place is left as it is: such a file is never opened.
  package static func place(of path: String) -> String {
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

  /// The path without any links, as far as it is there.
  static func resolved(_ path: String) -> String {
    guard let found = realpath(path, nil) else { return place(of: path) }
    defer { free(found) }
    return String(cString: found)
  }

  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
    return String(path[..<slash])
  }
}
