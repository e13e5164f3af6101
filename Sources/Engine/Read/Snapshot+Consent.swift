// The consent categories of a store: audiences with a reserved name.

import Audiences
import Bytes
import Profiles
import Storage

extension Snapshot {
  /// The names of the consent categories, in the order in which they were defined.
  public var consentCategories: [String] {
    audienceNames.compactMap { ConsentCategory.name(ofAudience: $0) }
  }

  /// Refuses an audience of accounts where consent is required, which is that of persons.
  ///
  /// - Throws: `.noSuchRecord` if it is one, or if there is no such audience.
  package func requirePersons(_ audience: String) throws(StoreError) {
    guard try named(audience).entity == .account else { return }
    throw StoreError(
      .noSuchRecord,
      "audience \(audience) is an audience of accounts, and consent is that of persons; leave out the "
        + "consent categories, or choose an audience of persons")
  }

  /// The audience of the persons who permit a category.
  ///
  /// - Throws: `.noSuchRecord` if the category is not defined.
  package func consentAudience(_ category: String) throws(StoreError) -> EvaluationPlan.Audience {
    let name = ConsentCategory(category).audience
    if let audience = plan.audiences.first(where: { $0.name.hasSameBytes(as: name) }) {
      return audience
    }
    throw .notFound(
      "consent category", category, among: consentCategories,
      ifNone: "define it in the section `consent` of a definition file and apply that")
  }
}
