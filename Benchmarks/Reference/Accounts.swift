// Accounts: what is calculated over their members, and every quantifier.

extension Subject {
  /// One number for each member that has one.
  fileprivate func over(_ number: (Member) -> Int128?) -> [Int128] { members.compactMap(number) }
}

extension Catalogue {
  /// Traits of accounts besides the kinds that persons have too.
  static let accountFormulas: [TraitDefinition] = [
    TraitDefinition("seats", "coalesce(traits.seats, 0)") {
      .value($0.known(.seats, by: "group") ?? PlainValue(kind: .number, text: "0"))
    },
    TraitDefinition("active_members", "count over members(performed(*, last 60d))") {
      .number(PlainNumber.whole($0.members.count { !$0.there.past.days(60).isEmpty }))
    },
    TraitDefinition("pages", #"sum over members(count("Page Viewed"))"#) {
      .number($0.over { PlainNumber.whole($0.there.named("Page Viewed").count) }.reduce(0, +))
    },
    TraitDefinition("all_orders", "sum over members(orders)") {
      .number($0.over { PlainNumber.whole($0.person.orders) }.reduce(0, +))
    },
    TraitDefinition("mean_orders", "avg over members(orders)") {
      let orders = $0.over { PlainNumber.whole($0.person.orders) }
      return .number(
        PlainNumber.quotient(orders.reduce(0, +), PlainNumber.whole(orders.count)))
    },
    TraitDefinition(
      "dearest",
      #"max over members(max("Order Completed", properties.revenue, currency: "EUR") / 2)"#
    ) {
      let most = $0.over {
        $0.there.named("Order Completed").numbers(.revenue, fixed: "EUR") { $0.max() ?? 0 }
          .amount("EUR").flatMap { PlainNumber.quotient($0, PlainNumber.whole(2)) }
      }.max()
      return .amounts(most.map { ["EUR": $0 * PlainNumber.fineness] } ?? [:], skipped: 0)
    },
    TraitDefinition("money_of_members", "sum over members(ltv)") { subject in
      var total: [String: Int128] = [:]
      for member in subject.members {
        guard case .amounts(let amounts, _, _) = member.person.ltv else { continue }
        total.merge(amounts) { $0 + $1 }
      }
      return .amounts(total, skipped: 0)
    },
    TraitDefinition("least_tickets", "min over members(open_tickets)") {
      .number($0.over { PlainNumber.whole($0.person.openTickets) }.min())
    },
    TraitDefinition("warmth", "sum over members(engagement)") { subject in
      .score(subject.members.reduce(0) { $0 + $1.person.engagement })
    },
  ]

  /// Audiences of accounts.
  static let accountRules: [AudienceDefinition] = [
    AudienceDefinition("any_ordered", #"any member(performed("Order Completed", last 90d))"#) {
      subject in
      subject.members.contains { $0.there.ordersLately > 0 }
    },
    AudienceDefinition("all_active", "all members(performed(*, last 120d)) and count(*) > 3") {
      subject in
      subject.members.allSatisfy { !$0.there.past.days(120).isEmpty } && subject.past.count > 3
    },
    AudienceDefinition("none_ordered", #"no member(performed("Order Completed"))"#) { subject in
      !subject.members.contains { $0.there.orders > 0 }
    },
    AudienceDefinition(
      "three_buyers", "at least 3 members(orders_90d >= 1) or traits.industry = \"health\""
    ) { subject in
      subject.members.count { $0.person.ordersLately >= 1 } >= 3
        || subject.known(.industry, by: "group")?.text == "health"
    },
    AudienceDefinition("five_viewers", #"at least 5 members(performed("Product Viewed"))"#) {
      $0.members.count { !$0.there.named("Product Viewed").isEmpty } >= 5
    },
    AudienceDefinition("two_lately", "at least 2 members(orders_90d >= 1)") {
      $0.members.count { $0.person.ordersLately >= 1 } >= 2
    },
    AudienceDefinition(
      "half_gone", "count over members(performed(*, last 60d)) * 2 < count over members(true)"
    ) { subject in
      subject.members.count { !$0.there.past.days(60).isEmpty } * 2 < subject.members.count
    },
    AudienceDefinition("warm", "sum over members(engagement) >= 11.7") { subject in
      subject.members.reduce(0) { $0 + $1.person.engagement } >= 11.7
    },
    AudienceDefinition(
      "many_items", #"sum over members(last("Order Completed", properties.items)) > 6"#
    ) { subject in
      subject.over { $0.there.named("Order Completed").last(.items).selected?.exact }.reduce(0, +)
        > PlainNumber.whole(6)
    },
    AudienceDefinition(
      "member_lapsed", #"any member(member("lapsed")) and not all members(first_source = "google")"#
    ) { subject in
      let isLapsed = subject.members.contains {
        $0.person.orders > 0 && $0.person.did("Order Completed", 120) == 0
      }
      return isLapsed && !subject.members.allSatisfy { $0.person.firstSource?.text == "google" }
    },
    AudienceDefinition(
      "account_money",
      #"sum("Order Completed", properties.revenue, currency: properties.currency, last 90d) > 200 USD"#
    ) {
      $0.named("Order Completed").days(90).sum(.revenue, currency: .currency).total("USD")
        > PlainNumber.whole(200)
    },
    AudienceDefinition(
      "quiet_account", #"time_since_last("Page Viewed") > 30d and bucket("b") < 7000"#
    ) {
      ($0.sinceLast("Page Viewed") ?? 0) > 30 * Span.day && $0.bucket("b") < 7000
    },
    AudienceDefinition("plain_plan", #"traits.plan in ["free", "starter"]"#) {
      ["free", "starter"].contains($0.known(.plan, by: "group")?.text)
    },
  ]
}
