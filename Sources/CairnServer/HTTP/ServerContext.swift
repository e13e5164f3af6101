// What is known of a request besides what it says.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The context of one request.
struct ServerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Who sent it.
  var peer = Peer.network

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
  }
}
