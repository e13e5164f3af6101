// Accounts and their members, as people and programs ask for them.

import Bytes
import Engine
import Profiles
import Storage

extension Snapshot {
  /// The home identifiers of persons whose events counted for an account, in the order they were seen;
  /// none for an account that was never named.
  ///
  /// Complexity: O(homes).
  public func memberIdentifiers(
    ofAccount account: Identifier
  ) throws(StoreError) -> [Identifier] {
    guard let profile = try profile(of: account) else { return [] }
    var result: [Identifier] = []
    for home in try profiles.memberHomes(ofAccount: profile) {
      result.append(try identifier(home))
    }
    return result
  }

  /// The accounts that events of a person counted for, oldest account first.
  ///
  /// Complexity: O(identifiers of the person × accounts).
  public func accounts(of person: Identifier) throws(StoreError) -> [Identifier] {
    guard let profile = try profile(of: person) else { return [] }
    var result: [Identifier] = []
    for account in try profiles.accounts(ofHomes: try profiles.identifiers(of: profile)) {
      guard let own = try profiles.identifiers(of: account).first else { continue }
      result.append(try identifier(own))
    }
    return result
  }
}
