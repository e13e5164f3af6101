// The key of erased identifiers. All that is kept of them is a keyed hash each, so that they cannot come
// back; the key lies in a file of its own, so that neither the log nor the manifest says who was erased.

import Bytes
import CCrypto
import Storage

/// The secret that erased identifiers are hashed with.
///
/// The file `ERASURE.KEY` in the store's directory, readable by its owner only: the magic `CAIRNERK`, 32
/// random bytes, and the XXH3-64 checksum of both.
struct ErasureKey: Equatable, Sendable {
  static let fileName = "ERASURE.KEY"
  private static let magic = Array("CAIRNERK".utf8)
  private static let secretCount = 32
  private static let fileCount = 48

  private let secret: [UInt8]
  /// The hash of the store's own id: it shows whether something was hashed with another key.
  let check: Hash128

  private init(_ secret: [UInt8], store: Hash128) {
    self.secret = secret
    check = Self.hash(store, secret)
  }

  /// What is kept of an identifier: the first 128 bits of HMAC-SHA-256 over its hash in this store.
  ///
  /// - Parameter identifier: As `EventHash.identifier` gives it, which tells types apart.
  func hash(_ identifier: Hash128) -> Hash128 { Self.hash(identifier, secret) }

  private static func hash(_ identifier: Hash128, _ secret: [UInt8]) -> Hash128 {
    var writer = ByteWriter(capacity: 16)
    writer.u64(identifier.high)
    writer.u64(identifier.low)
    let message = writer.bytes
    let code = [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { code, count in
      var length = UInt32(0)
      _ = HMAC(
        EVP_sha256(), secret, Int32(secret.count), message, message.count, code.baseAddress,
        &length)
      count = Int(length)
    }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for (index, byte) in code.enumerated() where index < 16 {
      if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
    }
    return Hash128(high: high, low: low)
  }

  /// Reads the key of a store; nil if it has none.
  ///
  /// - Throws: `.corrupt` for a file that is not whole.
  static func read(
    in directory: String, of store: Hash128, _ fileSystem: any FileSystem
  ) throws(StoreError) -> ErasureKey? {
    let path = directory + "/" + fileName
    let bytes: [UInt8]
    do throws(IOError) {
      guard try fileSystem.exists(path) else { return nil }
      let file = try fileSystem.open(path, .read)
      bytes = try file.readBytes(at: 0, count: min(try file.size(), fileCount + 1))
    } catch {
      throw StoreError(error)
    }
    guard bytes.count == fileCount, bytes.starts(with: magic) else { throw damaged }
    var reader = ByteReader(bytes.span.bytes, at: magic.count + secretCount)
    let sum = try? reader.u64()
    guard sum == Checksum.of(bytes.span.bytes.extracting(0..<(magic.count + secretCount))) else {
      throw damaged
    }
    return ErasureKey(Array(bytes[magic.count..<(magic.count + secretCount)]), store: store)
  }

  /// Makes the key of a store, durable when this returns.
  ///
  /// - Throws: `.noSpace` or `.io`; the next attempt replaces what is left of the file.
  static func make(
    in directory: StoreDirectory, random: (Int) -> [UInt8]
  ) throws(StoreError) -> ErasureKey {
    let secret = random(secretCount)
    var writer = ByteWriter(capacity: fileCount)
    writer.append(magic)
    writer.append(secret)
    let content = writer.bytes
    writer.u64(Checksum.of(content.span.bytes))
    let path = directory.path + "/" + fileName
    let temporary = path + ".tmp"
    do throws(IOError) {
      let system = directory.fileSystem
      if try system.exists(temporary) { try system.remove(temporary) }
      let file = try system.open(temporary, .create)
      try file.writeAll(writer.bytes, at: 0)
      try file.syncData()
      try system.rename(temporary, to: path)
      try system.syncDirectory(directory.path)
    } catch {
      throw StoreError(error)
    }
    return ErasureKey(secret, store: directory.manifest.storeID)
  }

  /// The error for a key that is not whole, or not there.
  static var damaged: StoreError {
    StoreError(
      .corrupt,
      "the key of erased identifiers is damaged, missing, or that of another store, and without it "
        + "erased people could come back; restore it from a backup", file: fileName, offset: 0)
  }
}
