// What a client is told of its events.

import Cairn
import Engine
import Events
import HTTPTypes
import Hummingbird

/// The answer to collected events.
struct CollectReply {
  private let outcome: LiveOutcome
  private let wantsVerdicts: Bool

  init(_ outcome: LiveOutcome, wantsVerdicts: Bool) {
    self.outcome = outcome
    self.wantsVerdicts = wantsVerdicts
  }

  /// `{"success":true,"accepted":N,"rejected":M}` with further counts, and each event's verdict if asked for.
  ///
  /// Duplicates count as accepted: they are in the store, and a client must not send them again.
  var response: Response {
    let counts = outcome.counts
    var json = JSONBuilder()
    json.beginObject()
    json.key("success")
    json.value(true)
    json.key("accepted")
    json.value(counts.accepted + counts.duplicates + counts.conflicts)
    json.key("rejected")
    json.value(counts.quarantined + counts.rejected)
    for (name, count) in [
      ("duplicates", counts.duplicates), ("conflicts", counts.conflicts),
      ("quarantined", counts.quarantined),
    ] where count > 0 {
      json.key(name)
      json.value(count)
    }
    if wantsVerdicts {
      json.key("verdicts")
      json.beginArray()
      for line in outcome.verdicts {
        json.beginObject()
        json.line(line)
        json.endObject()
      }
      json.endArray()
    }
    json.endObject()
    return Response(json)
  }
}
