// What blanking records says about itself, on the way and at the end.

import Bytes

/// How far the blanking of records has come.
public struct BlankProgress: Equatable, Sendable {
  /// How many segments are searched for records to blank.
  public var segments = 0
  /// How many of them have been.
  public var searched = 0
  /// How many segments have to be rewritten; known once all have been searched.
  public var toRewrite = 0
  /// How many of them have taken the place of the old ones.
  public var rewritten = 0

  /// Nothing done yet.
  public init() {}
}

/// What blanking records did.
public struct BlankReport: Equatable, Sendable {
  /// How many records became blank.
  public var recordsBlanked = 0
  /// How many records kept a part of their payload instead.
  public var recordsReduced = 0
  /// How many segments were rewritten.
  public var segmentsRewritten = 0
  /// The highest sequence that became blank or was reduced; 0 if none did.
  public var highestBlanked = SequenceNumber(0)
  /// The size of the rewritten segments' files before, in bytes.
  public var bytesBefore = 0
  /// The size of the files in their place, in bytes.
  public var bytesAfter = 0

  /// Nothing done.
  public init() {}
}
