// Where run files are made, for any thread: the writer is not the only one that puts tables into files.

import Synchronization

/// Gives out the numbers of a store's files.
final class FileNumbers: Sendable {
  private let counter: Atomic<UInt64>

  init(next: UInt64) { counter = Atomic(next) }

  /// The number that the next file gets.
  var next: UInt64 { counter.load(ordering: .relaxed) }

  /// A number that no other file of the store has; lost, not reused, if it is not used.
  func allocate() -> UInt64 { counter.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// The place where a store's run files are made, as any thread may use it.
public struct RunFiles: Sendable {
  /// The store's directory.
  public let directory: String
  /// The file system that the store lives in.
  public let fileSystem: any FileSystem
  private let numbers: FileNumbers

  init(directory: String, fileSystem: any FileSystem, numbers: FileNumbers) {
    self.directory = directory
    self.fileSystem = fileSystem
    self.numbers = numbers
  }

  /// A file number that no other file of the store has.
  public func allocateNumber() -> UInt64 { numbers.allocate() }

  /// The path of the run of a table with the given number.
  public func tablePath(_ number: UInt64) -> String { directory + "/" + StoreFile.table(number) }

  /// The path of the run of a timer queue with the given number.
  public func timerPath(_ number: UInt64) -> String { directory + "/" + StoreFile.timers(number) }
}
