// A stored event without some of its values: the same event, as it would have been stored had they not been
// sent. Only its message id stays what it was, also where it was derived from all that was sent.

import Bytes

extension EventView {
  /// The payload without the values that begin at some offsets: members of objects go with their keys, elements
  /// of lists close up, user and anonymous id become absent.
  ///
  /// - Parameter offsets: As `IdentifierPlaces` gives them.
  /// - Complexity: O(payload × offsets).
  public func payload(without offsets: [Int]) throws(DecodeError) -> [UInt8] {
    var buffer = PayloadBuffer()
    buffer.put(payload.extracting(0..<header.messageIDEnd))
    for range in [header.messageIDEnd..<header.userIDEnd, header.userIDEnd..<header.anonymousIDEnd]
    {
      if offsets.contains(range.lowerBound) {
        buffer.put(ValueTag.absent)
      } else {
        buffer.put(payload.extracting(range))
      }
    }
    buffer.put(payload.extracting(header.anonymousIDEnd..<header.sentEnd))
    var reader = ByteReader(payload, at: header.sentEnd)
    while !reader.isAtEnd {
      try Self.copy(payload, &reader, without: offsets, depth: 1, to: &buffer)
    }
    var bytes = buffer.bytes.toArray()
    let place = try EventView(bytes.span.bytes).firstEmailPlace()
    bytes[1] = summary & ~PayloadLayout.emailMask | place.rawValue << PayloadLayout.emailShift
    return bytes
  }

  /// The first place that holds a text which is not blank, or a list with one, as the encoder finds it.
  private func firstEmailPlace() throws(DecodeError) -> EmailPlace {
    for (path, place) in zip(Self.emailPaths, [EmailPlace.traits, .contextTraits, .properties])
    where type.canIdentifyPerson(below: path[0]) {
      guard let value = try self.value(at: path) else { continue }
      var isFound = false
      try Self.visitTexts(of: value) { if !IdentifierText.trimmed($0).isEmpty { isFound = true } }
      if isFound { return place }
    }
    return .none
  }

  @_lifetime(reader: copy reader)
  private static func copy(
    _ payload: RawSpan, _ reader: inout ByteReader, without offsets: [Int], depth: Int,
    to buffer: inout PayloadBuffer
  ) throws(DecodeError) {
    guard depth <= ValueView.depthMax else { throw reader.invalid() }
    let start = reader.offset
    let tag = try ValueView.skip(&reader)
    let end = reader.offset
    let isContainer = tag == ValueTag.object || tag == ValueTag.array
    guard isContainer, offsets.contains(where: { (start..<end).contains($0) }) else {
      return buffer.put(payload.extracting(start..<end))
    }
    var members = ByteReader(payload, at: start + 1)
    _ = try members.count()
    let mark = buffer.begin(tag)
    while members.offset < end {
      let keyStart = members.offset
      if tag == ValueTag.object, try members.varint32() == 0 { _ = try members.lengthPrefixed() }
      let valueStart = members.offset
      if offsets.contains(valueStart) {
        try ValueView.skip(&members)
        continue
      }
      buffer.put(payload.extracting(keyStart..<valueStart))
      try copy(payload, &members, without: offsets, depth: depth + 1, to: &buffer)
    }
    buffer.end(mark)
  }
}
