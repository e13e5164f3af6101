// The wrapper of libzstd's decoder: the only file that names its pointers.

import CZstd

/// Decodes Zstandard data: any number of frames, one after the other.
final class ZstdDecoder: Decoder {
  private let stream: OpaquePointer
  private(set) var problem: CompressionProblem?
  private(set) var isComplete = true

  /// The largest window that frames may ask for, which is all that is held of them: 128 MiB, as
  /// the tool `zstd` does without an option.
  private static let windowLogMax: Int32 = 27

  init() throws(CompressionProblem) {
    guard let stream = ZSTD_createDStream() else { throw .noMemory }
    self.stream = stream
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.windowLogMax)
  }

  deinit { ZSTD_freeDStream(stream) }

  func decode(_ input: [UInt8], _ index: inout Int, bytesMax: Int) -> [UInt8] {
    let start = index
    // Asked without need, the library would begin to wait for another frame.
    if isComplete, start == input.count { return [] }
    var used = 0
    let output = [UInt8](unsafeUninitializedCapacity: bytesMax) { output, count in
      input.withUnsafeBufferPointer { input in
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: start)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: bytesMax, pos: 0)
        repeat {
          let code = ZSTD_decompressStream(stream, &target, &source)
          guard ZSTD_isError(code) == 0 else {
            problem = Self.problem(ZSTD_getErrorCode(code))
            break
          }
          isComplete = code == 0
        } while source.pos < source.size && target.pos < target.size
        used = source.pos - start
        count = target.pos
      }
    }
    index += used
    return output
  }

  private static func problem(_ code: ZSTD_ErrorCode) -> CompressionProblem {
    switch code {
    case ZSTD_error_frameParameter_windowTooLarge: .windowTooLarge
    case ZSTD_error_memory_allocation: .noMemory
    default: .damaged
    }
  }
}
