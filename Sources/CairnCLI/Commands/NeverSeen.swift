// Identifiers that were given and that no event has had.

/// Says how many there are, since one of them may be a typing error, and ends the command with status 1 if any.
func noteNeverSeen(_ count: Int) throws {
  guard count > 0 else { return }
  try Output(descriptor: Output.standardError).finish(
    with:
      "note: \(Quantity.count(count)) of the identifiers given \(count == 1 ? "was" : "were") "
      + "never seen; check type and value\n")
  throw ProblemsFound()
}
