// What a command uses a file for, which decides what to advise where it is given something else.

import Foundation
import Glibc
import Profiles

/// What a file is for.
enum FileUse {
  /// Events to ingest.
  case events
  /// Definitions, rules, a mapping or a plan.
  case text
  /// Something that a command writes.
  case output
  /// The file of a destination.
  case destination

  /// What to do instead of giving a URL.
  fileprivate var remedyForURL: String {
    switch self {
    case .events: "fetch it first, with 'curl URL | cairn ingest STORE -' for instance"
    case .text: "fetch it first, with 'curl -o FILE URL' for instance, and give that file"
    case .output: "write to a file, and send that file with another tool"
    case .destination: "give a file; another tool can forward what is appended to it"
    }
  }
}

/// Refuses what is not the path of a file: nothing at all, and URLs, which other tools fetch.
func requireFileName(_ path: String, for use: FileUse) throws(CommandFailure) {
  guard !path.isEmpty else {
    throw CommandFailure(
      status: .usage, what: "a file name is empty", remedy: "give the path of a file")
  }
  guard let end = path.firstRange(of: "://")?.lowerBound else { return }
  let scheme = path[..<end]
  let isScheme =
    scheme.first?.isLetter == true
    && scheme.utf8.allSatisfy { byte in
      switch UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 {
      case true: true
      case false: byte & 0x80 == 0 && "0123456789+-.".utf8.contains(byte)
      }
    }
  guard isScheme, access(path, F_OK) != 0 else { return }
  throw CommandFailure(
    status: .usage, what: "\(path) is a URL, but Cairn reads and writes files",
    remedy: scheme.lowercased() == "file" ? "give the path alone" : use.remedyForURL)
}

/// The most names of a folder that are looked at for one that is near.
private let nearNamesMax = 10_000

/// The file in the same folder whose name is nearest to that of a path; nil if none is near.
func nearFile(_ path: String) -> String? {
  let slash = path.lastIndex(of: "/")
  let folder = slash.map { String(path[...$0]) } ?? ""
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  let place = folder.isEmpty ? "." : folder
  guard let found = try? FileManager.default.contentsOfDirectory(atPath: place) else { return nil }
  let names = found.filter { !$0.hasPrefix(".") }.prefix(nearNamesMax)
  // The order of a folder's names is that of its file system.
  return NearName.of(name, among: names.sorted()).map { folder + $0 }
}
