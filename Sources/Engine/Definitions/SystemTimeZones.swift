// Where definitions get time zones from when they are applied: the machine's files. What was read is
// recorded with them, so that a replay elsewhere reads the same rules from the log.

import Bytes
import Profiles
import Storage

extension TimeZones {
  /// Where systems keep their zone files.
  static let directory = "/usr/share/zoneinfo"

  /// The zones of this machine.
  public static func system(_ fileSystem: any FileSystem = PosixFileSystem()) -> TimeZones {
    TimeZones { read($0, from: fileSystem) }
  }

  /// The rules that the texts of definitions mention and this machine has.
  static func mentioned(
    in texts: [String], from fileSystem: any FileSystem = PosixFileSystem()
  ) -> [TimeZoneRules] {
    let names = Set(texts.flatMap { TimeZones.names(in: $0) }).sorted()
    return names.compactMap { read($0, from: fileSystem) }
  }

  private static func read(
    _ name: String, from fileSystem: any FileSystem
  ) -> TimeZoneRules? {
    guard isValid(name) else { return nil }
    // A zone that cannot be read is one that is not there: the definition's error says so.
    guard let file = try? fileSystem.open("\(directory)/\(name)", .read),
      let data = try? file.readBytes(at: 0, count: TimeZoneRules.byteCountMax + 1)
    else { return nil }
    return try? TimeZoneRules(name: name, data: data)
  }
}
