// A file that a command writes: it appears whole or not at all, so that an export that is interrupted
// leaves the old file.

import CProcess
import Engine
import Glibc

/// An output by its path.
///
/// A file is written under a temporary name in its folder and renamed at the end. It is readable by its
/// owner only, since outputs hold customer data. Standard output, a device or a pipe is written as the
/// bytes come. No link is replaced: what it leads to is.
final class OutputFile {
  let path: String
  let output: Output
  /// Whether it is the process's standard output, where then nothing else may go.
  var isStandardOutput: Bool { place == .descriptor(Output.standardOutput) }

  private let place: OutputPlace
  private var descriptor: Int32
  /// The name until it is whole; nil for what is written as it comes.
  private var temporary: Temporary?

  /// A file without its name.
  private struct Temporary {
    var path: String
    /// Its place in the list of what signals remove.
    var registration: Int32
  }

  /// Opens the output; a pipe waits for its reader.
  ///
  /// - Throws: `CommandFailure` for a path that cannot be written or must not be, see `OutputPlace`.
  init(_ path: String) throws(CommandFailure) {
    self.path = path
    place = try OutputPlace(path)
    switch place {
    case .descriptor(let given):
      descriptor = -1
      output = Output(
        descriptor: given, name: given == Output.standardOutput ? "standard output" : path)
    case .stream(let place):
      descriptor = open(place, O_WRONLY | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { throw CommandFailure.file(path, "write", errno: errno) }
      output = Output(descriptor: descriptor, name: path)
    case .file(let folder, _, let present):
      let name = OutputPlace.joined(folder, Self.temporaryName())
      let registration = cairn_add_temporary(name)
      descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      let code = errno
      temporary = Temporary(path: name, registration: registration)
      output = Output(descriptor: descriptor, name: path)
      guard descriptor >= 0 else {
        temporary = nil
        cairn_forget_temporary(registration)
        throw CommandFailure.file(path, "create", errno: code)
      }
      try makePrivate(asThatOf: present)
    }
  }

  /// Makes the contents durable, then the name.
  func commit() throws(CommandFailure) {
    try output.flush()
    guard let temporary, case .file(let folder, let name, _) = place else { return }
    guard fsync(descriptor) == 0 else { throw CommandFailure.file(path, "sync", errno: errno) }
    guard rename(temporary.path, OutputPlace.joined(folder, name)) == 0 else {
      throw CommandFailure.file(path, "replace", errno: errno)
    }
    cairn_forget_temporary(temporary.registration)
    self.temporary = nil
    let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return }
    // A name that is lost with the power shows the old file, which is whole as well.
    fsync(opened)
    close(opened)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    guard let temporary else { return }
    unlink(temporary.path)
    cairn_forget_temporary(temporary.registration)
  }

  /// Refuses to write a file that is read, or two outputs to one file.
  ///
  /// - Parameter inputs: The paths of inputs.
  static func requireDistinct(
    _ outputs: [OutputFile?], from inputs: [String]
  ) throws(CommandFailure) {
    let outputs = outputs.compactMap { $0 }
    let read = inputs.filter { $0 != "-" }.compactMap { FileIdentity(path: $0) }
    for (index, file) in outputs.enumerated() {
      var isTwice = outputs[..<index].contains { $0.place == file.place }
      if case .stream = file.place { isTwice = false }
      guard !isTwice else {
        throw CommandFailure(
          status: .usage, what: "two outputs go to \(file.path)", remedy: "give each its own file")
      }
      if case .file(_, _, let present?) = file.place, read.contains(present) {
        throw CommandFailure(
          status: .usage, what: "\(file.path) is both read and written",
          remedy: "write to another file")
      }
    }
  }

  /// Keeps the mode whatever the mask, and the owner of a file that root replaces for somebody else.
  private func makePrivate(asThatOf present: FileIdentity?) throws(CommandFailure) {
    guard fchmod(descriptor, 0o600) == 0 else {
      throw CommandFailure.file(path, "create", errno: errno)
    }
    guard let present, geteuid() == 0, present.owner != 0 else { return }
    guard fchown(descriptor, present.owner, present.group) == 0 else {
      throw CommandFailure.file(path, "create", errno: errno)
    }
  }

  /// A name that nobody can foresee.
  static func temporaryName() -> String {
    let random = StoreOptions().environment.randomBytes(10)
    return ".cairn-" + random.map { String($0, radix: 36) }.joined() + ".tmp"
  }
}
