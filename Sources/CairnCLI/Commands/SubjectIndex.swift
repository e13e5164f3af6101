// The index of an export of what is known about persons.

import Activation
import Bytes
import Cairn
import Engine

/// What an export holds, for programs.
struct SubjectIndex {
  /// One of the files.
  struct Entry {
    var file: SubjectFile
    var rows: Int
    var byteCount: Int
    var digest: String
  }

  /// The version of the format of the files.
  static let formatVersion = 1
  /// The name of the file with it.
  static let name = "index.json"

  var storeID: String
  var asOf: Timestamp
  var lastRecord: UInt64
  /// The record after which changes of membership can be read.
  var feedBeginsAfter: UInt64
  var profileIDs: [String]
  var identifiers: [Identifier]
  var files: [Entry]

  /// Adds one object.
  func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.member("format_version", Self.formatVersion)
    json.member("store_id", storeID)
    json.member("as_of", asOf)
    json.member("last_record", lastRecord)
    json.member("feed_begins_after", feedBeginsAfter)
    json.key("subject")
    json.beginObject()
    json.member("profile_ids", arrayOf: profileIDs) { $0.value($1) }
    json.member("identifiers", arrayOf: identifiers) { $0.value($1.description) }
    json.endObject()
    json.member("files", arrayOf: files) { json, entry in
      json.beginObject()
      json.member("name", entry.file.name)
      json.member("holds", entry.file.holds)
      json.member("rows", entry.rows)
      json.member("bytes", entry.byteCount)
      json.member("sha256", entry.digest)
      json.endObject()
    }
    json.endObject()
  }

  /// The files for people.
  var table: OutputTable {
    var table = OutputTable([.init("file"), .init("rows"), .init("size", key: "bytes")])
    for entry in files {
      table.add([.text(entry.file.name), .integer(entry.rows), .bytes(entry.byteCount)])
    }
    return table
  }
}
