// A header while it is being written.

import Bytes

/// What the encoder has written of a header so far.
struct HeaderDraft {
  let type: EventType
  var name: Symbol?
  var flags: UInt8 = 0
  /// Where the e-mail identifier is.
  var email = EmailPlace.none
  /// Whether the message id was sent as a number.
  var idIsNumber = false
  var times = EventTimes()
  /// Whether the event has a message id of its own.
  var hasID = false
  /// Where the values end; see `EventHeader`.
  var ends = HeaderEnds()

  init(type: EventType) { self.type = type }

  /// The second byte of the payload.
  var summary: UInt8 {
    type.rawValue | email.rawValue << PayloadLayout.emailShift
      | (idIsNumber ? PayloadLayout.messageIDIsNumber : 0)
  }

  /// The header of the payload that was made of it.
  func header(payloadEnd: Int) -> EventHeader {
    EventHeader(
      type: type, name: name, summary: summary, idIsDerived: !hasID, times: times, ends: ends,
      payloadEnd: payloadEnd)
  }
}
