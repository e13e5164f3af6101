// Memory for the values of one memtable: pieces in size classes, cut from chunks, recycled within
// the memtable and given back all at once. Separate from the memtable because it knows nothing of
// keys.

import Glibc

/// The sizes in which an `Arena` hands out memory.
///
/// Class 0 is the eight bytes inside a slot. Above it sizes are multiples of 8 up to 64, then four
/// steps to each doubling, so that at most a fifth of a large piece is unused.
enum SizeClass {
  static let inlineBytes = 8
  /// Classes from here on (more than 32 KiB) are allocated one by one.
  static let firstLarge = of(32 * 1024 + 1)
  static let count = Int(of(1 << 30)) + 1

  /// The smallest class that holds `byteCount` bytes.
  static func of(_ byteCount: Int) -> UInt8 {
    if byteCount <= inlineBytes { return 0 }
    if byteCount <= 64 { return UInt8((byteCount + 7) / 8 - 1) }
    let shift = Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount
    let step = (byteCount - 1 - (1 << shift)) >> (shift - 2)
    return UInt8(8 + (shift - 6) * 4 + step)
  }

  /// The size of a piece of class `sizeClass` in bytes.
  static func bytes(_ sizeClass: UInt8) -> Int {
    if sizeClass == 0 { return inlineBytes }
    if sizeClass < 8 { return (Int(sizeClass) + 1) * 8 }
    let shift = (Int(sizeClass) - 8) / 4 + 6
    let step = (Int(sizeClass) - 8) % 4
    return (1 << shift) + (step + 1) << (shift - 2)
  }
}

/// Raw memory in pieces.
///
/// Everything is freed with the arena, except for large pieces, which their owner frees one by one.
struct Arena: ~Copyable {
  private static let firstChunkBytes = 4 * 1024
  private static let lastChunkBytes = 1024 * 1024

  private var chunks: [UnsafeMutableRawPointer] = []
  private var next: UnsafeMutableRawPointer?
  private var available = 0
  private var chunkBytes = Arena.firstChunkBytes
  /// Heads of the lists of free pieces; a free piece begins with the address of the next one.
  private var free: [UnsafeMutableRawPointer?]
  /// Large pieces that are alive.
  private(set) var largeCount = 0
  /// Memory taken from the system, in bytes.
  private(set) var memoryBytes = 0

  init() {
    free = Array(repeating: nil, count: Int(SizeClass.firstLarge))
  }

  deinit {
    for chunk in chunks { Glibc.free(chunk) }
  }

  /// A piece of class `sizeClass`, uninitialised.
  ///
  /// Complexity: O(1).
  mutating func allocate(_ sizeClass: UInt8) -> UnsafeMutableRawPointer {
    let byteCount = SizeClass.bytes(sizeClass)
    if sizeClass >= SizeClass.firstLarge {
      largeCount += 1
      memoryBytes += byteCount
      return Self.system(byteCount)
    }
    if let piece = free[Int(sizeClass)] {
      free[Int(sizeClass)] = piece.load(as: UnsafeMutableRawPointer?.self)
      return piece
    }
    if available < byteCount { addChunk(atLeast: byteCount) }
    // `addChunk` has just made sure that there is a chunk with this much left.
    guard let piece = next else { preconditionFailure("an arena has a chunk after addChunk") }
    next = piece + byteCount
    available -= byteCount
    return piece
  }

  /// Takes back a piece of class `sizeClass`.
  mutating func release(_ piece: UnsafeMutableRawPointer, _ sizeClass: UInt8) {
    if sizeClass >= SizeClass.firstLarge {
      largeCount -= 1
      memoryBytes -= SizeClass.bytes(sizeClass)
      Glibc.free(piece)
    } else {
      piece.storeBytes(of: free[Int(sizeClass)], as: UnsafeMutableRawPointer?.self)
      free[Int(sizeClass)] = piece
    }
  }

  /// Changes the class of a large piece to another large one; its bytes stay, as far as there is room.
  ///
  /// - Complexity: O(bytes); of what has pages of its own, the system moves the pages.
  mutating func resize(
    _ piece: UnsafeMutableRawPointer, _ oldClass: UInt8, to sizeClass: UInt8
  ) -> UnsafeMutableRawPointer {
    let byteCount = SizeClass.bytes(sizeClass)
    guard let resized = realloc(piece, byteCount) else { preconditionFailure("out of memory") }
    memoryBytes += byteCount - SizeClass.bytes(oldClass)
    return resized
  }

  private mutating func addChunk(atLeast byteCount: Int) {
    while chunkBytes < byteCount { chunkBytes *= 2 }
    let chunk = Self.system(chunkBytes)
    chunks.append(chunk)
    next = chunk
    available = chunkBytes
    memoryBytes += chunkBytes
    if chunkBytes < Self.lastChunkBytes { chunkBytes *= 2 }
  }

  private static func system(_ byteCount: Int) -> UnsafeMutableRawPointer {
    guard let memory = malloc(byteCount) else { preconditionFailure("out of memory") }
    return memory
  }
}
