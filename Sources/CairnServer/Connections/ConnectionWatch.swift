// By when a connection has to move on: a state machine without a clock and without a channel, so that tests can
// run hours in no time.

import NIOCore

/// Follows what happens on one connection and says when its patience ends.
struct ConnectionWatch {
  /// What a client is in the middle of.
  private enum Phase { case idle, header, body, stream }

  /// What is to be done.
  enum Action: Equatable {
    /// Nothing before that instant; nothing at all if nil.
    case wait(until: NIODeadline?)
    /// The request is refused, and the connection closed after the answer.
    case refuse(ConnectionRefusal)
    /// The connection is closed without a word.
    case close(ConnectionRefusal)
  }

  private let times: Times
  private var phase = Phase.idle
  private var phaseBegan: NIODeadline
  /// Requests whose header has come and whose answer has not been written.
  private var openRequests = 0
  /// Since when the server has not asked for bytes; nil while it does.
  private var pausedSince: NIODeadline?
  /// The current part of a stream, and when one was last fast enough.
  private var windowBegan: NIODeadline
  private var windowBytes = 0
  private var progressedAt: NIODeadline
  /// The bytes handed to the channel, those of them that it had sent when that was last looked at, and when.
  private var writtenBytes = 0
  private var sentBytes = 0
  private var sentAt: NIODeadline
  /// Whether the answer in hand may be read as slowly as its reader likes: a person who pages through it.
  private var isUnhurried = false
  /// Set once the last answer has been written, or a refusal passed on.
  private var closesAt: NIODeadline?
  /// Set once the server is shutting down.
  private var drainsAt: NIODeadline?

  init(_ times: ConnectionTimes, now: NIODeadline) {
    self.times = Times(times)
    phaseBegan = now
    windowBegan = now
    progressedAt = now
    sentAt = now
  }

  /// Whether the client is between two requests and has all its answers.
  var isIdle: Bool { phase == .idle && openRequests == 0 }

  // MARK: What happens

  /// Bytes have come from the client.
  mutating func received(_ byteCount: Int, at now: NIODeadline) {
    switch phase {
    case .idle: begin(.header, now)
    case .stream:
      windowBytes += byteCount
      if windowBytes >= times.windowBytesMin {
        progressedAt = now
        beginWindow(now)
      } else if now - windowBegan >= times.window {
        beginWindow(now)
      }
    case .header, .body: break
    }
  }

  /// The header of a request has come.
  mutating func receivedHeader(isStream: Bool, isUnhurried: Bool = false, at now: NIODeadline) {
    openRequests += 1
    self.isUnhurried = isUnhurried
    begin(isStream ? .stream : .body, now)
    progressedAt = now
    beginWindow(now)
  }

  /// The end of a request has come.
  mutating func receivedEnd(at now: NIODeadline) { begin(.idle, now) }

  /// An answer has been written to its end.
  mutating func answered(at now: NIODeadline) {
    openRequests -= 1
    if isIdle { phaseBegan = now }
  }

  /// The server asks for bytes.
  mutating func resumed(at now: NIODeadline) {
    guard let since = pausedSince else { return }
    pausedSince = nil
    let pause = now - since
    phaseBegan = phaseBegan + pause
    windowBegan = windowBegan + pause
    progressedAt = progressedAt + pause
  }

  /// The server has what it asked for, and asks for nothing more for now.
  mutating func paused(at now: NIODeadline) { if pausedSince == nil { pausedSince = now } }

  /// Bytes of an answer have been handed to the channel.
  ///
  /// - Parameter unsentBytes: Those that it had not sent before.
  mutating func wrote(_ byteCount: Int, unsentBytes: Int, at now: NIODeadline) {
    if unsentBytes == 0 {
      sentBytes = writtenBytes
      sentAt = now
    }
    writtenBytes += byteCount
  }

  /// The last answer has been written.
  mutating func finished(at now: NIODeadline) { closesAt = closesAt ?? now + times.linger }

  /// The server is shutting down.
  mutating func drains(at now: NIODeadline) { drainsAt = drainsAt ?? now + times.drain }

  private mutating func begin(_ phase: Phase, _ now: NIODeadline) {
    self.phase = phase
    phaseBegan = now
  }

  private mutating func beginWindow(_ now: NIODeadline) {
    windowBegan = now
    windowBytes = 0
  }

  // MARK: What follows

  /// What is to be done now.
  ///
  /// - Parameter unsentBytes: What the channel has not sent yet of what was written.
  mutating func check(unsentBytes: Int, at now: NIODeadline) -> Action {
    var dues: [NIODeadline] = []
    if unsentBytes > 0 {
      if writtenBytes - unsentBytes > sentBytes {
        sentBytes = writtenBytes - unsentBytes
        sentAt = now
      }
      let isPatient = isUnhurried && drainsAt == nil
      if now >= sentAt + times.unread, !isPatient { return .close(.unread) }
      dues.append(now + .nanoseconds(max(1, times.unread.nanoseconds / 4)))
    } else if let closesAt {
      if now >= closesAt { return .close(.lingering) }
      dues.append(closesAt)
    }
    guard closesAt == nil else { return .wait(until: dues.min()) }
    if let drainsAt {
      if now >= drainsAt { return refuse(.draining, now) }
      dues.append(drainsAt)
    }
    if let (due, reason) = due {
      if now < due || pausedSince != nil {
        dues.append(pausedSince == nil ? due : now + times.header)
      } else if reason == .idle {
        return .close(.idle)
      } else {
        return refuse(reason, now)
      }
    }
    return .wait(until: dues.min())
  }

  /// When the client has to be further than now, and what it is too slow with otherwise.
  private var due: (NIODeadline, ConnectionRefusal)? {
    switch phase {
    case .idle: openRequests > 0 ? nil : (phaseBegan + times.idle, .idle)
    case .header: (phaseBegan + times.header, .slowHeader)
    case .body: (phaseBegan + times.body, .slowBody)
    case .stream: (progressedAt + times.stream, .slowBody)
    }
  }

  private mutating func refuse(_ reason: ConnectionRefusal, _ now: NIODeadline) -> Action {
    finished(at: now)
    return .refuse(reason)
  }

  /// The limits in the units of the event loop.
  private struct Times {
    let header, body, stream, window, unread, idle, linger, drain: TimeAmount
    let windowBytesMin: Int

    init(_ times: ConnectionTimes) {
      header = TimeAmount(times.header)
      body = TimeAmount(times.body)
      stream = TimeAmount(times.stream)
      window = TimeAmount(times.streamWindow)
      unread = TimeAmount(times.unread)
      idle = TimeAmount(times.idle)
      linger = TimeAmount(times.linger)
      drain = TimeAmount(times.drain)
      windowBytesMin = Int(
        Double(times.streamBytesPerSecondMin) * Double(window.nanoseconds) / 1_000_000_000)
    }
  }
}

/// Why a connection ends before its client wants it to.
enum ConnectionRefusal: String, Error {
  /// The header of a request takes too long.
  case slowHeader = "slow_header"
  /// The body of a request takes too long.
  case slowBody = "slow_body"
  /// Nobody reads the answer.
  case unread
  /// No request comes.
  case idle
  /// The client keeps the connection open after the last answer.
  case lingering
  /// The server is shutting down.
  case draining
  /// The peer may not connect.
  case peer
  /// There are too many connections.
  case connections
}
