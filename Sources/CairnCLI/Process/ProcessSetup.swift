// What the process takes from its surroundings, and what it keeps from them.

import CProcess
import Glibc

/// The surroundings of the process.
enum ProcessSetup {
  /// The variable that lets a crash leave a core file and a backtrace.
  static let crashDumpsVariable = "CAIRN_CRASH_DUMPS"

  /// Makes the process ready, before it opens any file.
  static func prepare() {
    cairn_fill_standard_descriptors()
    cairn_take_signals_as_errors()
    cairn_remove_temporaries_on_signals()
    // Memory holds customer data; dumps of it are for those who ask.
    if variable(crashDumpsVariable) == nil { cairn_forbid_crash_dumps() }
  }

  /// A variable of the environment; nil if it is not set or empty.
  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The arguments of the process, without its name.
  ///
  /// - Throws: `CommandFailure` with status `usage` if the system does not say them. To go on as if there
  ///   were none would do something else than what was asked for.
  static func arguments() throws(CommandFailure) -> [String] {
    var words: [String] = []
    for index in 0..<cairn_argument_count() {
      if let word = cairn_argument(index) { words.append(String(cString: word)) }
    }
    if words.isEmpty { words = CommandLine.arguments }
    guard !words.isEmpty else {
      throw CommandFailure(
        status: .usage, what: "the system does not say what the arguments of this process are",
        remedy: "start it with its name as the first one, and mount /proc if that is missing")
    }
    return Array(words.dropFirst())
  }
}
