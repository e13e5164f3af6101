import Hummingbird
import NIOHTTPCompression
import Logging
let placeholder = 1
