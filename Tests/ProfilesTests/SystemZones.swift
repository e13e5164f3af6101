// The zone files of the machine that the tests run on.

import Bytes
import Foundation

@testable import Profiles

enum SystemZones {
  /// The rules of a zone; UTC under its name if the machine has no zone files, which makes tests fail.
  static func zone(_ name: String) -> TimeZoneRules {
    (try? TimeZoneRules(name: name, data: data(name))) ?? .utc
  }

  static func data(_ name: String) -> [UInt8] {
    [UInt8](FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") ?? Data())
  }
}
