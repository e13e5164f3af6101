// The wrapper of zlib: the only file that names its pointers.

import CZlib

/// Decodes gzip data: any number of members, one after the other.
final class GzipDecoder: Decoder {
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var problem: CompressionProblem?
  /// A member has begun and not ended.
  private var isOpen = false
  /// What follows the last member is zeros, as on tapes and in blocks.
  private var isPadding = false

  /// The largest window, and a header of gzip.
  private static let windowBits: Int32 = 15 + 16

  init() throws(CompressionProblem) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let code = inflateInit2_(
      stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      stream.deallocate()
      throw .noMemory
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  var isComplete: Bool { !isOpen }

  func decode(_ input: [UInt8], _ index: inout Int, bytesMax: Int) -> [UInt8] {
    let start = index
    var used = 0
    let output = [UInt8](unsafeUninitializedCapacity: bytesMax) { output, count in
      input.withUnsafeBufferPointer { input in
        guard let bytes = input.baseAddress, let room = output.baseAddress else { return }
        // zlib only reads the input; its declaration is older than `const`.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes + start)
        stream.pointee.avail_in = UInt32(input.count - start)
        stream.pointee.next_out = room
        stream.pointee.avail_out = UInt32(bytesMax)
        problem = inflateAll()
        used = input.count - start - Int(stream.pointee.avail_in)
        count = bytesMax - Int(stream.pointee.avail_out)
      }
    }
    index += used
    return output
  }

  private func inflateAll() -> CompressionProblem? {
    while stream.pointee.avail_in > 0 || isOpen, stream.pointee.avail_out > 0 {
      if !isOpen {
        if stream.pointee.next_in.pointee == 0 {
          isPadding = true
          stream.pointee.next_in += 1
          stream.pointee.avail_in -= 1
          continue
        }
        guard !isPadding, inflateReset(stream) == Z_OK else { return .damaged }
        isOpen = true
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK: break
      case Z_STREAM_END: isOpen = false
      case Z_BUF_ERROR: return nil
      case Z_MEM_ERROR: return .noMemory
      default: return .damaged
      }
    }
    return nil
  }
}
