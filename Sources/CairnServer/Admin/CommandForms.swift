// A reading command that a client of the same program has run by the server: what it sends, and how the command ends.

/// A reading command, and what the client's surroundings are.
package struct CommandQuestion: Codable, Sendable {
  /// The version of the client's program; only the same one runs the command as the client would.
  package var version: String
  /// The words of the command line, without the program's name.
  ///
  /// The store that they name is not looked at, and no file is.
  package var words: [String]
  /// What the client writes to.
  package var surroundings: CommandSurroundings

  package init(version: String, words: [String], surroundings: CommandSurroundings) {
    self.version = version
    self.words = words
    self.surroundings = surroundings
  }
}

/// What a command's output depends on besides the store.
package struct CommandSurroundings: Codable, Sendable, Equatable {
  /// Whether standard output is a terminal.
  package var outputIsTerminal: Bool
  /// The width of standard error; nil if it is not a terminal.
  package var errorColumns: Int?
  /// Whether data go to standard output, where then nothing else may go.
  package var dataIsOutput: Bool

  package init(outputIsTerminal: Bool, errorColumns: Int?, dataIsOutput: Bool) {
    self.outputIsTerminal = outputIsTerminal
    self.errorColumns = errorColumns
    self.dataIsOutput = dataIsOutput
  }
}

/// How a command has ended.
package struct CommandEnding: Codable, Sendable, Equatable {
  /// The exit status.
  package var status: Int32
  /// The last lines of standard error; empty for none.
  package var message: String

  package init(status: Int32, message: String) {
    self.status = status
    self.message = message
  }
}
