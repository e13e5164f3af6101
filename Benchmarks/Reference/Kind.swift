// Every kind of aggregate, each to be had with every window.

/// A kind of aggregate.
struct Kind: Sendable {
  let name: String
  /// The definition except for its window and the last parenthesis.
  let head: String
  /// Whether there can be a window; a session; both for most.
  var spans = Spans.all
  /// Whether an event is one of the aggregate's own, whether or not it has the value.
  let isOwn: @Sendable (PlainEvent) -> Bool
  /// What its own events inside the window come to.
  let fold: @Sendable (Past, _ everything: Subject) -> Answer

  enum Spans { case all, noSession, none }

  init(
    _ name: String, _ head: String, spans: Spans = .all,
    isOwn: @escaping @Sendable (PlainEvent) -> Bool,
    fold: @escaping @Sendable (Past, Subject) -> Answer
  ) {
    self.name = name
    self.head = head
    self.spans = spans
    self.isOwn = isOwn
    self.fold = fold
  }

  /// Whether there can be such a window.
  func allows(_ span: Span) -> Bool {
    span.text.isEmpty || spans == .all || (spans == .noSession && span.gap == nil)
  }

  func traits(_ windows: [Span], prefix: String = "") -> [TraitDefinition] {
    windows.compactMap { span in
      guard allows(span) else { return nil }
      let text = head + (span.text.isEmpty ? "" : ", " + span.text) + ")"
      let (isOwn, fold) = (isOwn, fold)
      return TraitDefinition("\(prefix)\(name)_\(span.name)", text) { subject in
        span.gap == nil
          ? fold(subject.within(span).filter(isOwn), subject)
          : fold(subject.past.filter(isOwn).within(span), subject)
      }
    }
  }

  private static func named(_ names: String...) -> @Sendable (PlainEvent) -> Bool {
    { event in names.contains { $0 == event.name } }
  }

  static let all: [Kind] = counts + numbers + values + orders

  private static let counts = [
    Kind(
      "count", #"count(["Product Viewed", "Product Added"]"#,
      isOwn: named("Product Viewed", "Product Added")
    ) { own, _ in .count(own.count) },
    Kind("count_any", "count(*", isOwn: { _ in true }) { own, _ in .count(own.count) },
    Kind("exists", #"exists("Order Completed""#, isOwn: named("Order Completed")) { own, _ in
      .truth(!own.isEmpty)
    },
  ]

  private static let orderAmount = #"("Order Completed", properties.revenue"#
  private static let money = ", currency: properties.currency"

  private static let numbers = [
    Kind(
      "sum_money", "sum" + orderAmount + money,
      isOwn: named("Order Completed")
    ) { own, _ in own.sum(.revenue, currency: .currency) },
    Kind(
      "sum", #"sum("Order Completed", properties.items"#,
      isOwn: named("Order Completed")
    ) { own, _ in own.sum(.items) },
    Kind(
      "sum_dollars",
      #"sum(["Order Completed", "Subscription Renewed"], properties.tax, currency: "USD""#,
      isOwn: named("Order Completed", "Subscription Renewed")
    ) { own, _ in own.sum(.tax, fixed: "USD") },
    Kind(
      "avg_money", "avg" + orderAmount + money,
      isOwn: named("Order Completed")
    ) { own, _ in own.average(.revenue, currency: .currency) },
    Kind(
      "avg", #"avg("Product Viewed", properties.price"#,
      isOwn: named("Product Viewed")
    ) { own, _ in own.average(.price) },
    Kind(
      "min", #"min("Product Viewed", properties.price"#,
      isOwn: named("Product Viewed")
    ) { own, _ in own.least(.price) },
    Kind(
      "min_money", "min" + orderAmount + money,
      isOwn: named("Order Completed")
    ) { own, _ in own.least(.revenue, currency: .currency) },
    Kind("max", "max(*, properties.load", isOwn: { _ in true }) { own, _ in
      own.greatest(.load)
    },
    Kind(
      "max_money", "max" + orderAmount + money,
      isOwn: named("Order Completed")
    ) { own, _ in own.greatest(.revenue, currency: .currency) },
  ]

  private static let values = [
    Kind(
      "first", #"first("Product Viewed", properties.category"#,
      isOwn: named("Product Viewed")
    ) { own, _ in own.first(.category) },
    Kind("last", "last(*, context.page.path", isOwn: { _ in true }) { own, _ in
      own.last(.path)
    },
    Kind(
      "last_amount", #"last("Order Completed", properties.revenue"#,
      isOwn: named("Order Completed")
    ) { own, _ in own.last(.revenue) },
    Kind("first_at", #"first_at("Page Viewed""#, isOwn: named("Page Viewed")) { own, _ in
      .moment(own.events.first?.time)
    },
    Kind(
      "last_at", #"last_at("Order Completed", properties.coupon"#,
      isOwn: named("Order Completed")
    ) { own, _ in .moment(own.having(.coupon).events.last?.time) },
    Kind("since_first", #"time_since_first("Product Viewed""#, isOwn: named("Product Viewed")) {
      own, subject in .duration(own.events.first.map { subject.now - $0.time })
    },
    Kind("since_last", "time_since_last(*", isOwn: { _ in true }) { own, subject in
      .duration(own.events.last.map { subject.now - $0.time })
    },
    Kind(
      "most_frequent", #"most_frequent("Product Viewed", properties.category"#,
      isOwn: named("Product Viewed")
    ) { own, _ in own.mostFrequent(.category) },
    Kind("most_frequent_number", "most_frequent(*, properties.items", isOwn: { _ in true }) {
      own, _ in own.mostFrequent(.items)
    },
    Kind("least_frequent", "least_frequent(*, properties.section", isOwn: { _ in true }) {
      own, _ in own.leastFrequent(.section)
    },
    Kind(
      "unique_list", #"unique_list("Product Viewed", properties.brand, limit: 3"#,
      isOwn: named("Product Viewed")
    ) { own, _ in own.list(.brand, limit: 3) },
    Kind("unique_list_any", "unique_list(*, properties.items", isOwn: { _ in true }) {
      own, _ in own.list(.items)
    },
    Kind("unique_count", "unique_count(*, properties.product_id", isOwn: { _ in true }) {
      own, _ in .count(own.tallies(.productID).count)
    },
    Kind("category_count", "category_count(*, properties.category", isOwn: { _ in true }) {
      own, _ in own.categories(.category)
    },
  ]

  private static let tickets = (
    opened: "Support Ticket Opened", resolved: "Support Ticket Resolved"
  )

  private static let orders = [
    Kind(
      "unmatched",
      #"unmatched("Support Ticket Opened", "Support Ticket Resolved", by: properties.ticket_id"#,
      spans: .noSession, isOwn: named("Support Ticket Opened")
    ) { own, subject in
      .count(own.unmatched(by: .ticketID, answers: subject.named("Support Ticket Resolved")))
    },
    Kind("sessions", "sessions(*, gap: 6d", spans: .noSession, isOwn: { _ in true }) { own, _ in
      .count(own.sessions(gap: 6 * Span.day))
    },
    Kind(
      "sequence",
      #"sequence("Product Viewed", "Product Added" without "Checkout Started", "Order Completed", within 60d"#,
      spans: .noSession, isOwn: { _ in true }
    ) { own, _ in
      .truth(
        own.happened(
          [
            .init(isIt: { $0.name == "Product Viewed" }),
            .init(isIt: { $0.name == "Product Added" }, without: { $0.name == "Checkout Started" }),
            .init(isIt: { $0.name == "Order Completed" }),
          ], within: 60 * Span.day))
    },
    Kind(
      "score",
      #"score({"Order Completed": 10, "Page Viewed" where context.page.path contains "help": -2.5, *: 1}, half_life: 14d"#,
      spans: .none, isOwn: { _ in true }
    ) { own, _ in .score(engagement(own, help: -2.5)) },
  ]

  /// A score of orders, of pages that help, and of everything.
  @Sendable static func engagement(_ past: Past, help: Double) -> Double {
    past.score(halfLife: 14 * Span.day) { event in
      var weight = 1.0
      if event.name == "Order Completed" { weight += 10 }
      if event.name == "Page Viewed", event[.path]?.asText?.contains("help") == true {
        weight += help
      }
      return weight
    }
  }
}
