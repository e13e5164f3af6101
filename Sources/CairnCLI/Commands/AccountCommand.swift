// `cairn account …`: companies, workspaces and other groups of people.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Profiles

/// The commands on accounts.
struct AccountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account",
    abstract: "Show accounts: the groups that people belong to.",
    subcommands: [Show.self, List.self])

  /// Shows an account.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show an account: known and computed traits, audiences, members and events.",
      discussion: """
        The account is named by its group id, or by profile_id:… or group_id:….

        Example: cairn account show shop acme --events 10
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: ArgumentHelp("The account's group id.", valueName: "group id"))
    var account: String

    @OptionGroup var page: PageOptions
    @OptionGroup var instant: InstantOption

    @Option(
      help: ArgumentHelp("How many members to show, latest first, 0 to 10000.", valueName: "n"))
    var members = 20

    @OptionGroup var format: FormatOptions

    /// How many accounts are looked at for one that is near.
    private static let nearMax = 10_000

    func validate() throws {
      guard (0...10_000).contains(members) else {
        throw ValidationError("--members takes 0 to 10000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let found = try page(in: snapshot)
      try console.show(
        json: format.json, text: { try PageText(page: found).text() },
        json: { try found.write(to: &$0) })
    }

    private func page(in snapshot: Snapshot) throws -> ProfilePage {
      for identifier in identifiers {
        guard let profile = try snapshot.profile(of: identifier) else { continue }
        let found = try snapshot.page(
          of: profile, at: instant.asOf, eventsMax: page.events, companionsMax: members)
        guard found.isAccount else {
          throw CommandFailure(
            status: .problemsFound, what: "this profile is a person, not an account",
            remedy: "use 'cairn profile show STORE \(identifier)'")
        }
        return found
      }
      let near = NearName.of(account, among: try snapshot.groupIDs(limit: Self.nearMax))
      throw CommandFailure.notFound(
        "no account has this group id",
        near.map { "did you mean '\($0)'?" }
          ?? "check it; 'cairn account list' shows all accounts")
    }

    /// What the argument may mean: a group id may hold a colon itself.
    private var identifiers: [Identifier] {
      var result = [Identifier(type: "group_id", value: account)]
      if let typed = Identifier(account), ["group_id", "profile_id"].contains(typed.type) {
        result.append(typed)
      }
      return result
    }
  }

  /// Lists accounts.
  struct List: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "List accounts in the order in which they were first seen, a page at a time.",
      discussion: """
        Example: cairn account list shop --limit 50
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var paging: PagingOptions
    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let found = try snapshot.accounts(
        after: paging.after, limit: paging.limit, at: instant.asOf)
      var table = OutputTable([
        .init("account", key: "group_id"), .init("members"), .init("first seen"),
        .init("last seen"), .init("audiences"), .init("profile id"),
      ])
      for account in found.accounts {
        table.add([
          .text(account.identifier?.value ?? ""), .integer(account.memberCount),
          account.firstSeen.map { .instant($0) } ?? .absent,
          account.lastSeen.map { .instant($0) } ?? .absent, .list(account.audiences),
          .text(account.id.description),
        ])
      }
      try paging.show(
        table, as: "accounts", next: found.next, asOf: instant.asOf ?? snapshot.asOf,
        json: format.json, on: console)
    }
  }
}
