// Where on its way a line was judged, for those who watch a live store.

import Events

extension EventProblem.Code {
  /// The stage that finds the problem: `parse`, `identify`, `plan` or `erasure`.
  var stage: String {
    switch self {
    case .missingIdentifier, .blockedIdentifier, .identifierTooLong: "identify"
    case .unplannedEvent, .planViolation, .planBlocked: "plan"
    case .erasedIdentifier: "erasure"
    case .invalidJSON, .byteOrderMark, .invalidUTF8, .tooDeep, .notAnObject, .duplicateKey,
      .tooManyProperties, .missingType, .unknownType, .missingEventName, .missingMessageID,
      .messageIDTooLong, .unreadableTime, .wrongFieldType, .eventTooLarge, .lineTooLong,
      .missingGroupID, .missingPreviousID, .missingUserID, .invalidRow, .invalidCell,
      .invalidBatch, .futureTime:
      "parse"
    }
  }
}
