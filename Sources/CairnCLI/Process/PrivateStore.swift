// Whether a store is its owner's alone, so that nobody else can put something into it while a server runs.

import Glibc

/// What has to be true of the directory of a store that is served.
enum PrivateStore {
  /// Refuses a store that others can change or look into, or whose files would get another owner.
  static func require(_ store: String) throws(CommandFailure) {
    var status = stat()
    // What is not there is reported by opening it.
    guard lstat(store, &status) == 0 else { return }
    guard status.st_mode & S_IFMT != S_IFLNK else {
      throw CommandFailure(
        status: .refused, what: "\(visible(store)) is a symbolic link",
        remedy: "name the directory that it leads to")
    }
    guard status.st_uid == geteuid() else {
      throw CommandFailure(
        status: .refused,
        what: "\(visible(store)) belongs to user \(status.st_uid), and this is user \(geteuid())",
        remedy: "run the server as the owner of the store")
    }
    // The group may pass through, to a socket that is for it.
    guard status.st_mode & 0o027 == 0 else {
      throw CommandFailure(
        status: .refused, what: "others can open or write to \(visible(store))",
        remedy: "run 'chmod 700' on it")
    }
    try requireFixed(store)
  }

  /// Refuses a place that somebody else could put another directory in.
  private static func requireFixed(_ store: String) throws(CommandFailure) {
    guard let resolved = realpath(store, nil) else { return }
    defer { free(resolved) }
    var path = String(cString: resolved)
    while let slash = path.lastIndex(of: "/"), path != "/" {
      path = slash == path.startIndex ? "/" : String(path[..<slash])
      var status = stat()
      guard stat(path, &status) == 0 else { return }
      guard status.st_mode & 0o002 == 0 || status.st_mode & S_ISVTX != 0 else {
        throw CommandFailure(
          status: .refused,
          what: "everybody can write to \(visible(path)), and so replace \(visible(store))",
          remedy: "run 'chmod o-w' on it, or move the store")
      }
    }
  }
}
