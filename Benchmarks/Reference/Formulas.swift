// Traits that are calculated from others, or have no window.

import Foundation

extension Subject {
  var ltv: Answer { named("Order Completed").sum(.revenue, currency: .currency) }
  var orders: Int { named("Order Completed").count }
  var ordersLately: Int { named("Order Completed").days(90).count }
  var engagement: Double { Kind.engagement(past, help: 2.5) }
  var lastCategory: PlainValue? { named("Product Viewed").last(.category).selected }
  var firstSource: PlainValue? { past.first(.source).selected }
  var openTickets: Int {
    named("Support Ticket Opened").unmatched(
      by: .ticketID, answers: named("Support Ticket Resolved"))
  }
  var features: Int { named("Products Searched").days(60).tallies(.query).count }

  /// The first stage whose rule holds.
  var adoption: String? {
    if past.days(30).isEmpty { return "dormant" }
    if features >= 3, engagement > 6.3 { return "power" }
    if features >= 1 { return "adopted" }
    return orders > 0 ? "buyer" : nil
  }
}

extension Catalogue {
  /// Traits that other definitions name, and others without windows.
  static let timeless: [TraitDefinition] = [
    TraitDefinition(
      "ltv", #"sum("Order Completed", properties.revenue, currency: properties.currency)"#
    ) { $0.ltv },
    TraitDefinition("orders", #"count("Order Completed")"#) { .count($0.orders) },
    TraitDefinition("orders_90d", #"count("Order Completed", last 90d)"#) {
      .count($0.ordersLately)
    },
    TraitDefinition(
      "engagement",
      """
      score({"Order Completed": 10, "Page Viewed" where context.page.path contains "help": 2.5,
        *: 1}, half_life: 14d)
      """
    ) { .score($0.engagement) },
    TraitDefinition("last_category", #"last("Product Viewed", properties.category)"#) {
      let past = $0.named("Product Viewed")
      return past.last(.category)
    },
    TraitDefinition("first_source", "first(*, context.campaign.source)") { $0.past.first(.source) },
    TraitDefinition(
      "open_tickets",
      #"unmatched("Support Ticket Opened", "Support Ticket Resolved", by: properties.ticket_id)"#
    ) { .count($0.openTickets) },
    TraitDefinition(
      "queries_60d", #"unique_count("Products Searched", properties.query, last 60d)"#
    ) {
      .count($0.features)
    },
    TraitDefinition("sum_of_words", #"sum("Product Viewed", properties.category)"#) {
      $0.named("Product Viewed").sum(.category)
    },
    TraitDefinition("newest_plan", "coalesce(traits.plan, \"none\")") {
      .text($0.known(.plan, by: "identify")?.text ?? "none")
    },
    TraitDefinition("sent_plan", #"last(*, traits.plan)"#) { $0.past.last(.plan) },
    TraitDefinition(
      "plan_of_identify", #"last(* where type = "identify", traits.plan)"#
    ) { subject in subject.past.filter { $0.type == "identify" }.last(.plan) },
    TraitDefinition("bucket_a", #"bucket("pricing test")"#) {
      .number(PlainNumber.whole($0.bucket("pricing test")))
    },
    TraitDefinition(
      "chain_kept_apart",
      """
      sequence("Email Delivered", "Email Opened" without ["Email Link Clicked", "Email Delivered"],
        "Order Completed" where properties.items >= 2, last 180d)
      """
    ) { subject in
      .truth(
        subject.past.days(180).happened([
          .init(isIt: { $0.name == "Email Delivered" }),
          .init(
            isIt: { $0.name == "Email Opened" },
            without: { $0.name == "Email Link Clicked" || $0.name == "Email Delivered" }),
          .init(isIt: {
            $0.name == "Order Completed" && ($0[.items]?.exact ?? 0) >= PlainNumber.whole(2)
          }),
        ]))
    },
    TraitDefinition(
      "chain_of_one_kind", #"sequence("Page Viewed", "Page Viewed", "Page Viewed", within 10d)"#
    ) {
      let page = Past.Step(isIt: { $0.name == "Page Viewed" })
      return .truth($0.past.happened([page, page, page], within: 10 * Span.day))
    },
  ]

  /// Calculated traits.
  static let formulas: [TraitDefinition] = [
    TraitDefinition(
      "mean_order", #"amount(ltv, "USD") / orders"#
    ) { .number(PlainNumber.quotient($0.ltv.total("USD"), PlainNumber.whole($0.orders))) },
    TraitDefinition("twice_less_ten", "ltv * 2 - 10 USD") { subject in
      guard case .amounts(var amounts, _, _) = subject.ltv else { return .number(nil) }
      amounts = amounts.mapValues { $0 * 2 }
      amounts["USD", default: 0] -= PlainNumber.whole(10) * PlainNumber.fineness
      return .amounts(amounts, skipped: 0)
    },
    TraitDefinition(
      "mean_items", #"sum("Order Completed", properties.items) / count("Order Completed")"#
    ) {
      let total = $0.named("Order Completed").sum(.items).total()
      return .number(PlainNumber.quotient(total, PlainNumber.whole($0.orders)))
    },
    TraitDefinition("third", "round(orders / 3) + abs(orders_90d - orders) - min(orders, 2, 5)") {
      let third = PlainNumber.quotient(PlainNumber.whole($0.orders), PlainNumber.whole(3)) ?? 0
      let rounded = PlainNumber.nearest(third, over: PlainNumber.one) * PlainNumber.one
      return .number(
        rounded + PlainNumber.whole(abs($0.ordersLately - $0.orders))
          - PlainNumber.whole(min($0.orders, 2, 5)))
    },
    TraitDefinition("share", "coalesce(orders_90d / orders, 0.5) * 100") {
      let share = PlainNumber.quotient(
        PlainNumber.whole($0.ordersLately), PlainNumber.whole($0.orders))
      return .number((share ?? PlainNumber.one / 2) * 100)
    },
    TraitDefinition("habit", #"if(orders_90d > 3, "often", coalesce(last_category, "never"))"#) {
      .text($0.ordersLately > 3 ? "often" : $0.lastCategory?.text ?? "never")
    },
    TraitDefinition("loud_source", "uppercase(first_source)") {
      .text($0.firstSource?.text.uppercased())
    },
    TraitDefinition(
      "source_length", "length(first_source) + length(unique_list(*, properties.brand))"
    ) {
      guard let source = $0.firstSource?.text else { return .number(nil) }
      return .number(PlainNumber.whole(source.count + $0.past.tallies(.brand).count))
    },
    TraitDefinition(
      "adoption",
      """
      stage(dormant: not performed(*, last 30d), power: queries_60d >= 3 and engagement > 6.3,
        adopted: queries_60d >= 1, buyer: orders > 0)
      """
    ) { .text($0.adoption) },
    TraitDefinition("scaled", "100 * (1 - exp(-engagement / 20))") {
      .score(100 * (1 - exp(-$0.engagement / 20)))
    },
    TraitDefinition("days_quiet", "time_since_last(*) / 1d") { subject in
      .score(subject.past.events.last.map { Double(subject.now - $0.time) / Double(Span.day) })
    },
    TraitDefinition("life", "last_at(*) - first_at(*)") { subject in
      guard let first = subject.past.events.first, let last = subject.past.events.last else {
        return .duration(nil)
      }
      return .duration(last.time - first.time)
    },
    TraitDefinition("is_big", "ltv > 500 USD or ltv > 450 EUR") {
      .truth(
        $0.ltv.total("USD") > PlainNumber.whole(500) || $0.ltv.total("EUR") > PlainNumber.whole(450)
      )
    },
  ]
}
