// Requests over libcurl's multi interface: any number of them at once on one thread, none of which waits for another.

import Bytes
import CCurl
import Engine

/// Sends requests; used by one thread, but for `wake`.
package final class CurlTransport: WebhookTransport {
  /// A request on its way, with what libcurl refers to until it has ended.
  private final class Transfer {
    let name: WebhookRequest.Name
    let handle: UnsafeMutableRawPointer
    var headers: UnsafeMutablePointer<curl_slist>?
    let taken = UnsafeMutablePointer<Int>.allocate(capacity: 1)

    init(_ name: WebhookRequest.Name, _ handle: UnsafeMutableRawPointer) {
      self.name = name
      self.handle = handle
      taken.initialize(to: 0)
    }

    deinit {
      curl_easy_cleanup(handle)
      curl_slist_free_all(headers)
      taken.deallocate()
    }
  }

  private let multi: WakeableMulti
  private let userAgent: String
  private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]
  private var answers: [(WebhookRequest.Name, WebhookAnswer)] = []

  /// - Parameter userAgent: What it calls itself.
  package init(userAgent: String) {
    multi = WakeableMulti()
    self.userAgent = userAgent
  }

  deinit {
    for handle in transfers.keys { curl_multi_remove_handle(multi.handle, handle) }
  }

  /// What ends a wait from any thread.
  package var wake: @Sendable () -> Void {
    let multi = multi
    return { multi.wake() }
  }

  package func start(_ request: WebhookRequest) {
    guard let handle = curl_easy_init() else {
      answers.append((request.name, WebhookAnswer(failure: .unreachable)))
      return
    }
    let transfer = Transfer(request.name, handle)
    cairn_curl_set_text(handle, CURLOPT_URL, request.url)
    cairn_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    // What is not encrypted stays on this machine, whatever the environment says of proxies.
    if request.url.hasPrefix("http:") { cairn_curl_set_text(handle, CURLOPT_NOPROXY, "*") }
    cairn_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    cairn_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    cairn_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(request.timeout.value))
    cairn_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    cairn_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    cairn_curl_set_text(handle, CURLOPT_USERAGENT, userAgent)
    cairn_curl_discard_body(handle, transfer.taken)
    // Bodies are small enough to be sent without asking first.
    transfer.headers = curl_slist_append(nil, "Expect:")
    for header in request.headers {
      transfer.headers = curl_slist_append(transfer.headers, "\(header.name): \(header.value)")
    }
    cairn_curl_set_list(handle, CURLOPT_HTTPHEADER, transfer.headers)
    cairn_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, Int(request.body.count))
    cairn_curl_copy_body(handle, request.body)
    transfers[handle] = transfer
    if curl_multi_add_handle(multi.handle, handle) != CURLM_OK {
      transfers[handle] = nil
      answers.append((request.name, WebhookAnswer(failure: .unreachable)))
    }
  }

  package func takeAnswers() -> [(WebhookRequest.Name, WebhookAnswer)] {
    var running = Int32(0)
    curl_multi_perform(multi.handle, &running)
    var code = CURLE_OK
    while let handle = cairn_curl_next(multi.handle, &code) {
      guard let transfer = transfers.removeValue(forKey: handle) else { continue }
      answers.append((transfer.name, Self.answer(handle, code)))
    }
    defer { answers.removeAll() }
    return answers
  }

  private static func answer(_ handle: UnsafeMutableRawPointer, _ code: CURLcode) -> WebhookAnswer {
    let status = cairn_curl_status(handle)
    // An answer that is longer than anybody reads has a status all the same.
    if status >= 200, code == CURLE_OK || code == CURLE_WRITE_ERROR {
      let seconds = cairn_curl_retry_after(handle)
      let wait = seconds > 0 ? Milliseconds(Int64(min(seconds, 1_000_000)) * 1000) : nil
      return WebhookAnswer(status: status, retryAfter: wait)
    }
    return WebhookAnswer(failure: code == CURLE_OPERATION_TIMEDOUT ? .timeout : .unreachable)
  }

  /// Waits until something can be done, somebody calls `wake`, or the time is over.
  package func wait(atMost limit: Milliseconds) {
    curl_multi_poll(multi.handle, nil, 0, Int32(clamping: max(limit.value, 0)), nil)
  }
}

/// A multi handle that other threads may wake.
///
/// Safe because: the pointer never changes, and `curl_multi_wakeup` is the one call that libcurl allows from any
/// thread; all others are made by the thread that owns the transport, and the handle lives as long as anybody can wake
/// it.
final class WakeableMulti: @unchecked Sendable {
  let handle: UnsafeMutableRawPointer

  init() {
    curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    guard let handle = curl_multi_init() else {
      preconditionFailure("libcurl has memory for a handle")
    }
    self.handle = handle
  }

  deinit { curl_multi_cleanup(handle) }

  func wake() { curl_multi_wakeup(handle) }
}
