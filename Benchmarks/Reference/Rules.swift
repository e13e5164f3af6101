// Every shape of audience of persons.

import Foundation

extension Subject {
  func did(_ name: String, _ days: Int64) -> Int { named(name).days(days).count }

  var isCustomer: Bool {
    !named("Subscription Renewed").isEmpty && named("Order Completed").days(120).isEmpty
  }
}

private func least(_ number: Int128?, _ bound: Int) -> Bool {
  number.map { $0 >= PlainNumber.whole(bound) } ?? false
}

extension Catalogue {
  static let rules = ruleShapes + ruleTimes + ruleChains + questions

  /// And, or, not, comparisons of every type.
  private static let ruleShapes: [AudienceDefinition] = [
    AudienceDefinition("valuable", #"performed("Order Completed", last 90d) and ltv > 500 USD"#) {
      $0.ordersLately > 0 && $0.ltv.total("USD") > PlainNumber.whole(500)
    },
    AudienceDefinition(
      "undecided_patients",
      """
      count("Page Viewed" where context.page.path contains "dermatology", last 30d) >= 1
      and not performed("Appointment Booked", last 30d)
      """
    ) { subject in
      let pages = subject.named("Page Viewed").days(30).filter {
        $0[.path]?.asText?.contains("dermatology") == true
      }
      return !pages.isEmpty && subject.did("Appointment Booked", 30) == 0
    },
    AudienceDefinition(
      "at_risk",
      """
      count("Signed In", last 60d) < count("Signed In", 60d to 180d ago) and open_tickets >= 1
      """
    ) {
      let before = $0.named("Signed In").within(.ago(60, 180)).count
      return $0.did("Signed In", 60) < before && $0.openTickets >= 1
    },
    AudienceDefinition("never_ordered", #"not performed("Order Completed")"#) { $0.orders == 0 },
    AudienceDefinition("nothing_bought", "ltv < 5 USD and ltv < 5 EUR") {
      $0.ltv.total("USD") < PlainNumber.whole(5) && $0.ltv.total("EUR") < PlainNumber.whole(5)
    },
    AudienceDefinition(
      "gone_quiet", #"count("Page Viewed", last 60d) = 0 and count("Page Viewed") > 2"#
    ) {
      $0.did("Page Viewed", 60) == 0 && $0.named("Page Viewed").count > 2
    },
    AudienceDefinition("few_orders", "orders_90d in [1, 2] or ltv >= 1000 USD or ltv >= 900 EUR") {
      [1, 2].contains($0.ordersLately) || least($0.ltv.total("USD"), 1000)
        || least($0.ltv.total("EUR"), 900)
    },
    AudienceDefinition(
      "gardeners", #"last_category in ["garden", "kitchen"] and exists(first_source)"#
    ) {
      ["garden", "kitchen"].contains($0.lastCategory?.text) && $0.firstSource != nil
    },
    AudienceDefinition("lighting", #"last_category contains "ight" and first_source != "google""#) {
      $0.lastCategory?.asText?.contains("ight") == true
        && $0.firstSource.map { $0.text != "google" } ?? false
    },
    AudienceDefinition(
      "mean_order_high", #"amount(ltv, "USD") / count("Order Completed") >= 120.5"#
    ) {
      guard let mean = PlainNumber.quotient($0.ltv.total("USD"), PlainNumber.whole($0.orders))
      else {
        return false
      }
      return mean >= PlainNumber.whole(120) + PlainNumber.one / 2
    },
    AudienceDefinition("cheap_viewers", #"avg("Product Viewed", properties.price, last 90d) < 150"#)
    {
      let mean = $0.named("Product Viewed").days(90).average(.price).amount()
      return mean.map { $0 < PlainNumber.whole(150) } ?? false
    },
    AudienceDefinition(
      "big_ticket",
      #"max("Order Completed", properties.revenue, currency: properties.currency) >= 300 USD"#
    ) {
      least($0.named("Order Completed").greatest(.revenue, currency: .currency).amount("USD"), 300)
    },
    AudienceDefinition(
      "money_lately",
      """
      sum("Order Completed" where properties.items >= 2, properties.revenue,
        currency: properties.currency, last 45d) >= 100 USD
      """
    ) { subject in
      let sum = subject.named("Order Completed").days(45).filter {
        ($0[.items]?.exact ?? 0) >= PlainNumber.whole(2)
      }.sum(.revenue, currency: .currency)
      return least(sum.total("USD"), 100)
    },
    AudienceDefinition(
      "plans", #"traits.plan in ["business", "enterprise"] and bucket("pricing test") < 5000"#
    ) {
      ["business", "enterprise"].contains($0.known(.plan, by: "identify")?.text)
        && $0.bucket("pricing test") < 5000
    },
    AudienceDefinition("no_plan", "not exists(traits.plan) and performed(*)") {
      $0.known(.plan, by: "identify") == nil && !$0.past.isEmpty
    },
    AudienceDefinition("tenth", #"bucket("a") < 1000"#) { $0.bucket("a") < 1000 },
    AudienceDefinition(
      "favourite", #"most_frequent("Product Viewed", properties.category) = "toys""#
    ) {
      $0.named("Product Viewed").mostFrequent(.category).selected?.text == "toys"
    },
    AudienceDefinition(
      "likes_kite", #"unique_list("Product Viewed", properties.brand, last 90d) contains "Kite""#
    ) {
      $0.named("Product Viewed").days(90).list(.brand).values.contains { $0.text == "Kite" }
    },
    AudienceDefinition(
      "many_sessions", "sessions(*, gap: 6d) >= 3 and unique_count(*, properties.product_id) > 2"
    ) {
      $0.past.sessions(gap: 6 * Span.day) >= 3 && $0.past.tallies(.productID).count > 2
    },
  ]

  /// Rules that time alone ends or begins.
  private static let ruleTimes: [AudienceDefinition] = [
    AudienceDefinition(
      "lapsed", #"performed("Order Completed") and not performed("Order Completed", last 120d)"#
    ) {
      $0.orders > 0 && $0.did("Order Completed", 120) == 0
    },
    AudienceDefinition(
      "quiet_for_long", #"time_since_last("Page Viewed") > 40d and not member("lapsed")"#
    ) {
      let isLapsed = $0.orders > 0 && $0.did("Order Completed", 120) == 0
      return ($0.sinceLast("Page Viewed") ?? 0) > 40 * Span.day && !isLapsed
    },
    AudienceDefinition("newcomers", "time_since_first(*) <= 60d") {
      guard let first = $0.past.events.first else { return false }
      return $0.now - first.time <= 60 * Span.day
    },
    AudienceDefinition(
      "mixed_score",
      """
      score({"Order Completed": 10, "Page Viewed" where context.page.path contains "help": -2.5,
        *: 1}, half_life: 14d) < -0.7
      """
    ) { Kind.engagement($0.past, help: -2.5) < -0.7 },
    AudienceDefinition("engaged", "engagement > 7.3") { $0.engagement > 7.3 },
    AudienceDefinition("scaled_up", "100 * (1 - exp(-engagement / 20)) >= 33.3") {
      100 * (1 - exp(-$0.engagement / 20)) >= 33.3
    },
    AudienceDefinition("ready_to_grow", #"adoption in ["adopted", "power"]"#) {
      ["adopted", "power"].contains($0.adoption)
    },
    AudienceDefinition("december", #"performed("Product Viewed", this month)"#) {
      !$0.within(.calendar("month")).named("Product Viewed").isEmpty
    },
    AudienceDefinition(
      "last_months", #"count("Product Viewed", last 2 months in "Europe/Berlin") >= 2"#
    ) {
      $0.within(.calendar("month", last: 2, in: "Europe/Berlin")).named("Product Viewed").count >= 2
    },
    AudienceDefinition(
      "in_spring", #"performed("Order Completed", between "2024-03-10" and "2024-06-10")"#
    ) {
      !$0.within(.between("2024-03-10", "2024-06-10")).named("Order Completed").isEmpty
    },
    AudienceDefinition(
      "two_big_orders", #"count("Order Completed" where properties.revenue >= 50, last 90d) >= 2"#
    ) { subject in
      subject.named("Order Completed").days(90).filter {
        ($0[.revenue]?.fine ?? 0) >= PlainNumber.whole(50) * PlainNumber.fineness
      }.count >= 2
    },
    AudienceDefinition(
      "early_and_late",
      #"performed("Product Viewed", 30d to 90d ago) and performed("Product Viewed", last 30d)"#
    ) {
      !$0.named("Product Viewed").within(.ago(30, 90)).isEmpty && $0.did("Product Viewed", 30) > 0
    },
    AudienceDefinition("busy_session", "count(*, latest session gap 6d) >= 4") {
      $0.past.within(.session(days: 6)).count >= 4
    },
  ]

  /// What the accounts of a person say, and their members.
  private static let questions: [AudienceDefinition] = [
    AudienceDefinition("of_buyers", #"any account(performed("Order Completed", last 90d))"#) {
      $0.accounts.contains { $0.ordersLately > 0 }
    },
    AudienceDefinition(
      "of_quiet",
      #"all accounts(not performed("Page Viewed", last 60d)) and count over accounts(true) >= 1"#
    ) { subject in
      subject.accounts.allSatisfy { $0.did("Page Viewed", 60) == 0 } && !subject.accounts.isEmpty
    },
    AudienceDefinition(
      "of_health", #"no account(traits.industry = "health") and sum over accounts(count(*)) > 5"#
    ) { subject in
      subject.accounts.allSatisfy { $0.known(.industry, by: "group")?.text != "health" }
        && subject.accounts.reduce(0) { $0 + $1.past.count } > 5
    },
    AudienceDefinition("of_team", "any account(at least 3 members(orders_90d >= 1))") { subject in
      subject.accounts.contains { account in
        account.members.count { $0.person.ordersLately >= 1 } >= 3
      }
    },
  ]

  /// Sequences, memberships and suppression.
  private static let ruleChains: [AudienceDefinition] = [
    AudienceDefinition(
      "view_cart_buy",
      """
      sequence("Product Viewed", "Product Added" without "Order Completed", "Order Completed",
        within 90d)
      """
    ) {
      $0.past.happened(
        [
          .init(isIt: { $0.name == "Product Viewed" }),
          .init(isIt: { $0.name == "Product Added" }, without: { $0.name == "Order Completed" }),
          .init(isIt: { $0.name == "Order Completed" }),
        ], within: 90 * Span.day)
    },
    AudienceDefinition(
      "viewed_no_cart",
      """
      sequence("Product Viewed", "Page Viewed" without "Product Added", last 45d)
      and not performed("Product Added", last 45d)
      """
    ) {
      let lately = $0.past.days(45)
      return lately.happened([
        .init(isIt: { $0.name == "Product Viewed" }),
        .init(isIt: { $0.name == "Page Viewed" }, without: { $0.name == "Product Added" }),
      ]) && lately.named("Product Added").isEmpty
    },
    AudienceDefinition(
      "current_customers",
      """
      performed("Subscription Renewed") and not performed("Order Completed", last 120d)
      """
    ) { $0.isCustomer },
    AudienceDefinition(
      "prospects",
      """
      performed("Page Viewed", last 60d) and not member("current_customers")
      """
    ) { $0.did("Page Viewed", 60) > 0 && !$0.isCustomer },
    AudienceDefinition(
      "either",
      """
      member("lapsed") or member("engaged") and not (member("tenth") or open_tickets > 0)
      """
    ) {
      let isLapsed = $0.orders > 0 && $0.did("Order Completed", 120) == 0
      return isLapsed || $0.engagement > 7.3 && !($0.bucket("a") < 1000 || $0.openTickets > 0)
    },
  ]
}
