// Deadlines of a connection, below the decoder of HTTP: a client that sends half a header is not seen above it.

import NIOCore

/// Closes a connection whose client takes too long; the first handler of a channel.
///
/// Keeps at most one timer, which is moved only to an earlier instant: a busy connection costs two readings of the
/// clock per request, and no timer.
final class ConnectionWatchHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private let times: ConnectionTimes
  private let onEnd: @Sendable (ConnectionRefusal) -> Void
  private var watch: ConnectionWatch
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?
  private var timerAt = NIODeadline.distantFuture

  /// - Parameter onEnd: Called if the connection ends because of a limit.
  init(
    _ times: ConnectionTimes, now: NIODeadline,
    onEnd: @escaping @Sendable (ConnectionRefusal) -> Void
  ) {
    self.times = times
    self.onEnd = onEnd
    watch = ConnectionWatch(times, now: now)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    check()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    self.context = nil
  }

  // MARK: Bytes

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    watch.received(Self.unwrapInboundIn(data).readableBytes, at: context.eventLoop.now)
    context.fireChannelRead(data)
    check()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    watch.paused(at: context.eventLoop.now)
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    watch.resumed(at: context.eventLoop.now)
    context.read()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let unsentBytes = self.unsentBytes
    watch.wrote(
      Self.unwrapOutboundIn(data).readableBytes, unsentBytes: unsentBytes, at: context.eventLoop.now
    )
    context.write(data, promise: promise)
    if unsentBytes == 0 { schedule(context.eventLoop.now + TimeAmount(times.unread)) }
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .output {
      watch.finished(at: context.eventLoop.now)
      check()
    }
    context.close(mode: mode, promise: promise)
  }

  // MARK: Requests, as the handler above the decoder sees them

  /// The header of a request has come.
  func receivedHeader(isStream: Bool, isUnhurried: Bool) {
    guard let context else { return }
    watch.receivedHeader(
      isStream: isStream, isUnhurried: isUnhurried, at: context.eventLoop.now)
  }

  /// The end of a request has come.
  func receivedEnd() {
    guard let context else { return }
    watch.receivedEnd(at: context.eventLoop.now)
  }

  /// An answer has been written to its end.
  func answered() {
    guard let context else { return }
    watch.answered(at: context.eventLoop.now)
    check()
  }

  /// The server is shutting down: an idle connection is closed, another may finish its request.
  func drain() {
    guard let context else { return }
    if !watch.isIdle {
      watch.drains(at: context.eventLoop.now)
    } else if unsentBytes > 0 {
      watch.finished(at: context.eventLoop.now)
    } else {
      return context.close(promise: nil)
    }
    check()
  }

  // MARK: Time

  private func check() {
    guard let context else { return }
    switch watch.check(unsentBytes: unsentBytes, at: context.eventLoop.now) {
    case .wait(let due):
      if let due { schedule(due) }
    case .refuse(let reason):
      if reason != .draining { onEnd(reason) }
      context.fireErrorCaught(reason)
      check()
    case .close(let reason):
      if reason == .unread { onEnd(reason) }
      context.close(promise: nil)
    }
  }

  /// Looks again at an instant, unless that is going to happen earlier anyway.
  private func schedule(_ due: NIODeadline) {
    guard let context, due < timerAt else { return }
    timer?.cancel()
    timerAt = due
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in
      self?.timerAt = .distantFuture
      self?.check()
    }
  }

  /// What the channel has not sent yet.
  private var unsentBytes: Int {
    guard let options = context?.channel.syncOptions else { return 0 }
    return (try? options.getOption(.bufferedWritableBytes)) ?? 0
  }
}
