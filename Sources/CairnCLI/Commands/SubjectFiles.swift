// The files of an export of what is known about persons, as they are written.

import Activation
import Bytes
import Cairn
import Engine
import Glibc
import Storage

/// All files of one export.
final class SubjectFiles {
  private var files: [SubjectFile: OutputFolder.File] = [:]
  /// Why a file could not be written, if so.
  private var failure: CommandFailure?

  /// Creates the files.
  init(in folder: OutputFolder) throws(CommandFailure) {
    for file in SubjectFile.allCases { files[file] = try folder.add(file.name) }
  }

  /// Runs what writes rows; throws what there is to report.
  func writing(_ body: (inout SubjectRows) throws -> Void) throws {
    var rows = SubjectRows { (file, bytes) throws(StoreError) in
      do throws(CommandFailure) { try self.files[file]?.write(bytes) } catch {
        self.failure = error
        throw StoreError(.io(EIO), "the output was stopped; \(error.remedy)")
      }
    }
    do { try body(&rows) } catch { throw failure ?? error }
  }

  /// What the index says of them; nothing can be written after it.
  func entries() -> [SubjectIndex.Entry] {
    SubjectFile.allCases.compactMap { file in
      files[file].map {
        .init(file: file, rows: $0.writes, byteCount: $0.byteCount, digest: $0.finish())
      }
    }
  }
}

extension SubjectRows {
  /// Writes what became of a message to a destination.
  mutating func add(_ delivery: SubjectDelivery) throws(StoreError) {
    try add(to: .deliveries) { json in
      json.member("destination", delivery.destination)
      json.member("to", delivery.to)
      json.member("cursor", delivery.change.description)
      json.member("profile_id", delivery.profileID)
      json.member("audience", delivery.audience)
      json.member("change", delivery.isEntry ? "entered" : "exited")
      json.member("effective", delivery.effective)
      json.member("outcome", delivery.outcome.name)
      json.member("not_permitted", arrayOf: delivery.outcome.categories) { $0.value($1) }
      json.member("decided_at", delivery.decidedAt)
      json.key("record")
      if let record = delivery.sequence?.value { json.value(record) } else { json.null() }
    }
  }
}

extension SubjectDelivery.Outcome {
  fileprivate var name: String {
    switch self {
    case .sent: "sent"
    case .withheld: "withheld"
    case .pending: "pending"
    }
  }

  fileprivate var categories: [String] {
    if case .withheld(let categories) = self { categories } else { [] }
  }
}
