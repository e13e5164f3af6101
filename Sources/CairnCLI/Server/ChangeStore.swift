// Commands that change a store do so themselves, or through the server that has it open.

import Engine
import Storage

/// Changes a store: with `body` on the store itself, or with `server` if one has it open.
///
/// - Throws: What either of them throws; `.locked` if another process has the store open that is not a server.
func changing<Result>(
  _ target: StoreArgument, through server: (ServerConnection) throws -> Result,
  _ body: (Store) throws -> Result
) throws -> Result {
  do {
    return try withStore(target, body)
  } catch let error as StoreError where error.code == .locked {
    guard let connection = ServerConnection.find(target.store) else { throw error }
    return try server(connection)
  }
}
