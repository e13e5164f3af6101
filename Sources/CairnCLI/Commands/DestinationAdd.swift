// `cairn destination add`: a file or a webhook that changes of memberships go to.

import Activation
import ArgumentParser
import Bytes
import CairnServer
import Engine
import Glibc
import Storage

extension DestinationCommand {
  /// Adds a destination.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a file or a webhook to which changes of memberships are delivered.",
      discussion: """
        A file gets one JSON object per line, in the form of the Segment spec; a webhook gets batches of them, \
        signed with a secret. Members of a suppressed audience count as members of none of the others; so \
        do persons who do not permit a consent category that is required. Delivery begins with the history, \
        so that every current member arrives as an entry, or after the \
        given cursor.

        Example: cairn destination add shop crm --file crm.ndjson --audience active_big
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "A name for the destination.")
    var name: String

    @Option(
      help: ArgumentHelp("The file to append to.", valueName: "path"), completion: .file())
    var file: String?

    @OptionGroup(title: "Webhooks") var webhook: WebhookOptions

    @Option(
      name: .customLong("audience"),
      help: ArgumentHelp(
        "An audience whose changes are delivered; may be repeated.", valueName: "name"))
    var audiences: [String]

    @Option(
      name: .customLong("suppress"),
      help: ArgumentHelp("An audience to suppress; may be repeated.", valueName: "name"))
    var suppressed: [String] = []

    @Option(
      name: .customLong("consent"),
      help: ArgumentHelp(
        "A consent category that a person must permit; may be repeated.", valueName: "category"))
    var consents: [String] = []

    @Option(help: "Whether a change is sent as a track call or as a trait of an identify call.")
    var form = FormArgument.track

    @Option(
      help: ArgumentHelp("Where to begin, as printed by 'cairn changes'.", valueName: "cursor"),
      transform: readCursor)
    var after = FeedCursor.start

    @OptionGroup var report: ReportOptions

    func validate() throws {
      guard !name.isEmpty else { throw ValidationError("a destination has a name") }
      guard !audiences.isEmpty else { throw ValidationError("--audience is needed") }
      guard (file == nil) != (webhook.url == nil) else {
        throw ValidationError("a destination is either a --file or a --webhook")
      }
      try webhook.validateSettings()
    }

    func run() throws {
      let destination = try makeDestination()
      let _: DestinationName = try changing(
        target,
        through: { try $0.post("/v1/destinations", DestinationQuestion(destination, after: after)) }
      ) { store in
        try store.addDestination(destination, after: after)
        return DestinationName(destination: name)
      }
      var fields = FieldList()
      fields.add("destination", .text(name))
      if let path = destination.path { fields.add("file", .text(path)) }
      if let webhook = destination.webhook { fields.add("webhook", .text(webhook.url)) }
      try report.show(
        text: { "added destination \(visible(name))\n" }, json: { $0.object(fields) })
    }

    private func makeDestination() throws -> Destination {
      let form = form == .track ? MessageForm.track : .identify
      if let webhook = try webhook.webhook() {
        return Destination(
          name: name, webhook: webhook, audiences: audiences, suppressed: suppressed,
          consents: consents,
          form: form)
      }
      let file = file ?? ""
      try requireFileName(file, for: .destination)
      guard file != "-" else {
        throw CommandFailure(
          status: .usage,
          what: "a destination is a file that later runs append to, not standard output",
          remedy: "give the path of a file")
      }
      let path = try absolutePath(file)
      try Self.requireFolder(of: path)
      return Destination(
        name: name, path: path, audiences: audiences, suppressed: suppressed, consents: consents,
        form: form)
    }

    /// Refuses a file whose folder does not exist, which is usually a typing error.
    private static func requireFolder(of path: String) throws(CommandFailure) {
      let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
      var status = stat()
      guard stat(String(folder), &status) != 0, errno == ENOENT else { return }
      throw CommandFailure(
        status: .refused, what: "the folder of \(path) does not exist", remedy: "create it first")
    }
  }
}

/// The settings of a webhook on the command line.
struct WebhookOptions: ParsableArguments {
  @Option(
    name: .customLong("webhook"),
    help: ArgumentHelp(
      "The address to post batches to: https, or http on this machine.", valueName: "url"))
  var url: String?

  @Option(
    name: .customLong("secret-file"),
    help: ArgumentHelp(
      "A file with the secret to sign with, of mode 0600; read for each request.",
      valueName: "path"), completion: .file())
  var secretFile: String?

  @Option(
    name: .customLong("secret-env"),
    help: ArgumentHelp(
      "The environment variable with the secret, in the process that delivers.", valueName: "name"))
  var secretEnvironment: String?

  @Option(
    help: ArgumentHelp("The most messages of a request, 1 to 500; default: 100.", valueName: "n"))
  var batch: UInt32?

  @Option(
    help: ArgumentHelp("The most requests in a second; default: no limit.", valueName: "n"))
  var rate: UInt32?

  @Option(
    help: ArgumentHelp("How long a request may take, in seconds; default: 10.", valueName: "s"))
  var timeout: Double?

  /// Refuses settings that do not go together.
  func validateSettings() throws {
    guard url != nil else {
      let isGiven =
        secretFile != nil || secretEnvironment != nil || batch != nil || rate != nil
        || timeout != nil
      guard !isGiven else {
        throw ValidationError(
          "--secret-file, --secret-env, --batch, --rate and --timeout belong to a --webhook")
      }
      return
    }
    guard (secretFile == nil) != (secretEnvironment == nil) else {
      throw ValidationError("a webhook has either a --secret-file or a --secret-env")
    }
    // Read once more where it is made, with an absolute path.
    if let problem = try webhook()?.problem { throw ValidationError(problem) }
  }

  /// The webhook; nil for another destination.
  ///
  /// - Throws: `CommandFailure` for a secret's file that cannot be used.
  func webhook() throws -> Webhook? {
    guard let url else { return nil }
    let secret: Webhook.Secret
    if let secretFile {
      secret = .file(try absolutePath(secretFile))
    } else {
      secret = .environment(secretEnvironment ?? "")
    }
    var webhook = Webhook(url: url, secret: secret)
    if let batch { webhook.batchMax = batch }
    webhook.requestsPerSecondMax = rate
    if let timeout {
      webhook.timeout = Milliseconds(Int64(exactly: (timeout * 1000).rounded()) ?? 0)
    }
    return webhook
  }
}
