// What a store's owner may choose about its files. None of it changes an answer, so none of it is
// written to the store: any store opens with any options.

/// Sizes of files and blocks.
public struct StorageOptions: Sendable {
  /// The size, in bytes, at which the active segment is sealed and a new one begun.
  ///
  /// A segment can exceed it by one batch.
  public var segmentBytesMax: Int
  /// How many plain record bytes are compressed together; a larger record has its own block.
  public var blockBytes: Int
  /// The steps, in bytes, in which space is reserved ahead of the end of the active segment.
  public var reserveBytes: Int
  /// How payloads are written shorter; as they are if nil.
  ///
  /// A log that was written with one can be read with the same alone.
  public var payloadForm: (any PayloadForm)?

  #if DEBUG
    /// Faults planted to prove that the tests find them.
    package var plantedBugs: PlantedBugs = []
  #endif

  /// Chooses sizes; values below a working minimum are raised to it.
  public init(
    segmentBytesMax: Int = 256 << 20, blockBytes: Int = 64 << 10, reserveBytes: Int = 4 << 20
  ) {
    self.segmentBytesMax = max(segmentBytesMax, SegmentHeader.byteCount)
    self.blockBytes = min(max(blockBytes, 64), BlockFormat.blockBytesMax)
    self.reserveBytes = max(reserveBytes, 1)
  }
}

/// Faults that the crash and corruption tests must be able to find.
package struct PlantedBugs: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Blocks are trusted without their checksum.
  package static let noChecksum = PlantedBugs(rawValue: 1 << 0)
  /// Recovery keeps the first blocks of a batch whose last block is missing.
  package static let partialBatch = PlantedBugs(rawValue: 1 << 1)
  /// Recovery leaves the torn tail in the file.
  package static let tailNotCut = PlantedBugs(rawValue: 1 << 2)
  /// Opening trusts what it reads before it is synced.
  package static let noSyncAtOpen = PlantedBugs(rawValue: 1 << 3)
  /// A block may follow any block.
  package static let noChain = PlantedBugs(rawValue: 1 << 4)
  /// Obsolete files are removed before the manifest that drops them is durable.
  package static let removesTooEarly = PlantedBugs(rawValue: 1 << 5)
  /// A damaged region below a durable block counts as a torn tail.
  package static let noEvidenceSearch = PlantedBugs(rawValue: 1 << 6)
  /// Erased records are said to be gone before the removal of their file is durable.
  package static let removalNotSynced = PlantedBugs(rawValue: 1 << 7)
  /// Opening believes the manifest's tip without a look at the segment.
  package static let tipNotChecked = PlantedBugs(rawValue: 1 << 8)
}

extension StorageOptions {
  /// Whether a fault is planted; never in a release build.
  func planted(_ bug: PlantedBugs) -> Bool {
    #if DEBUG
      return plantedBugs.contains(bug)
    #else
      return false
    #endif
  }
}
