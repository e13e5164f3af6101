// The header of an event as nearly all are: plain texts, a UUID for an id, instants in canonical form. All in one
// function, whose cursor stays in registers; what it does not take is written by the general one, from the start.

import Bytes

extension EventEncoder {
  /// Writes the header of a call that is about a person; nil, with whatever was written, if something in it has to be
  /// looked at more closely.
  mutating func putPlainHeader(
    _ tokens: borrowing JSONTokens, into batch: inout EventBatch
  ) -> HeaderDraft? {
    let header = values.header
    guard let token = header.type, let text = tokens.plainText(token), let type = EventType(text),
      type != .group, type != .alias
    else { return nil }
    var draft = HeaderDraft(type: type)
    head.removeAll()
    var out = head.cursor
    // A format, two bytes, a symbol, a UUID, two short strings and three instants.
    out.reserve(256)
    out.putReserved(PayloadLayout.format)
    out.putReserved(0)
    out.putReserved(0)
    if let token = header.event {
      guard let text = tokens.plainText(token), text.count > 0,
        let symbol = values.symbol(for: text)
      else { return nil }
      out.putReserved(ValueTag.symbol)
      out.putVarint(UInt64(symbol.value))
      batch.use(symbol)
      draft.name = symbol
    } else {
      guard type != .track else { return nil }
      out.putReserved(ValueTag.absent)
    }
    draft.ends.event = out.end
    // A UUID that is not nothing but zeros stands for no missing id.
    guard let token = header.messageID, let text = tokens.plainText(token),
      text.count == UUIDText.textByteCount, text.count <= limits.messageIDBytesMax,
      let (high, low) = UUIDText.read(text.start), high | low != 0
    else { return nil }
    out.putUUID(high, low)
    draft.hasID = true
    draft.ends.messageID = out.end
    var packed = values.draft.beginHead()
    values.draft.putUUID(high, low, &packed)
    guard putPlain(tokens, header.userID, &out, &packed) else { return nil }
    draft.ends.userID = out.end
    guard
      Self.findPlainEmail(tokens, header, limits.identifierBytesMax, &draft.email)
    else { return nil }
    guard putPlain(tokens, header.anonymousID, &out, &packed) else { return nil }
    draft.ends.anonymousID = out.end
    draft.times.keepsTimes = keepsTimes
    draft.times.isHistorical = header.isHistorical
    if header.isHistorical { draft.flags |= PayloadLayout.isHistorical }
    guard putPlainTimes(tokens, header, &draft, &out) else { return nil }
    if keepsTimes, draft.times.importProblem(through: latestTime) != nil { return nil }
    out.store(draft.summary, at: 1)
    head.cursor = out
    values.draft.endHead(packed, presence: Self.presence(of: header), name: draft.name)
    return draft
  }

  /// Which values a header has, as a packed event says it.
  @inline(__always)
  private static func presence(of header: HeaderTokens) -> UInt8 {
    let first = PackedLayout.firstValue
    return (header.event == nil ? 0 : PackedLayout.symbolName) | first
      | (header.userID == nil ? 0 : first << 1) | (header.anonymousID == nil ? 0 : first << 2)
      | (header.timestamp == nil ? 0 : first << 3)
      | (header.originalTimestamp == nil ? 0 : first << 4) | (header.sentAt == nil ? 0 : first << 5)
  }

  /// Writes the three times.
  @inline(__always)
  private mutating func putPlainTimes(
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens, _ draft: inout HeaderDraft,
    _ out: inout PayloadCursor
  ) -> Bool {
    var instants = self.instants
    for place in 0..<3 {
      let token =
        place == 0
        ? header.timestamp : place == 1 ? header.originalTimestamp : header.sentAt
      var stamp = EventStamp.absent
      if let token {
        guard let text = tokens.plainText(token),
          let instant = instants.read(text.start, text.count)
        else { return false }
        out.put(instant, text.count)
        stamp = EventStamp(instant)
        values.draft.setTime(
          text.count == InstantText.millisecondsByteCount ? instant : nil, at: place)
      } else {
        out.putReserved(ValueTag.absent)
      }
      switch place {
      case 0: (draft.times.timestamp, draft.ends.timestamp) = (stamp, out.end)
      case 1: (draft.times.original, draft.ends.original) = (stamp, out.end)
      default: (draft.times.sent, draft.ends.sent) = (stamp, out.end)
      }
    }
    self.instants = instants
    return true
  }

  /// Writes a user or anonymous id.
  @inline(__always)
  private mutating func putPlain(
    _ tokens: borrowing JSONTokens, _ token: Int?, _ out: inout PayloadCursor,
    _ packed: inout DraftCursor
  ) -> Bool {
    guard let token else {
      out.putReserved(ValueTag.absent)
      return true
    }
    guard let text = tokens.plainText(token), text.count <= PayloadCursor.paddedStringMax,
      !InstantText.hasLength(text.count), text.count <= limits.identifierBytesMax
    else { return false }
    out.putPaddedString(text.start, text.count)
    values.draft.put(padded: text.start, text.count, &packed)
    return true
  }

  /// Finds the e-mail identifier.
  @inline(__always)
  private static func findPlainEmail(
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens, _ bytesMax: Int,
    _ place: inout EmailPlace
  ) -> Bool {
    let token: Int
    if let first = header.traitsEmail {
      (token, place) = (first, .traits)
    } else if let first = header.contextTraitsEmail {
      (token, place) = (first, .contextTraits)
    } else if let first = header.propertiesEmail {
      (token, place) = (first, .properties)
    } else {
      return true
    }
    guard let text = tokens.plainText(token), text.count <= bytesMax else {
      return false
    }
    return text.withBytes { TextEdges.isBare($0) }
  }
}
