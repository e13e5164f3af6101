// Memory for hash tables. What is large comes from the system, which clears a page when it is touched first: clearing
// it here as well would touch every page of a table that is still nearly empty.

import Glibc

/// Memory that is all zeros.
enum ZeroedMemory {
  private static let hugePageBytes = 2 * 1024 * 1024
  /// From this size on it comes from the system.
  private static let mappedMin = 64 * 1024

  /// Aligned to cache lines, so that a probe costs one miss, and if large to huge pages, so that it does not cost one
  /// of the TLB as well.
  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount >= mappedMin { return map(byteCount) }
    guard let memory = aligned_alloc(64, byteCount) else { preconditionFailure("out of memory") }
    memset(memory, 0, byteCount)
    return memory
  }

  /// Takes back what `allocate` returned for as many bytes.
  static func free(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
    if byteCount >= mappedMin {
      munmap(memory, byteCount)
    } else {
      Glibc.free(memory)
    }
  }

  private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let isLarge = byteCount >= hugePageBytes
    // The addresses before and after an aligned place are returned at once.
    let excess = isLarge ? hugePageBytes : 0
    let mapped = mmap(
      nil, byteCount + excess, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { preconditionFailure("out of memory") }
    guard isLarge else { return mapped }
    let memory = mapped.alignedUp(toMultipleOf: hugePageBytes)
    let before = memory - mapped
    if before > 0 { munmap(mapped, before) }
    if before < excess { munmap(memory + byteCount, excess - before) }
    // Advice only: a system without huge pages refuses, which changes nothing.
    madvise(memory, byteCount, MADV_HUGEPAGE)
    return memory
  }
}
