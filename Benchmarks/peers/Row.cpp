// What is kept of a person: folding, merging, and the bytes.
#include <algorithm>
#include <cstring>
#include <tuple>

#include "Job.h"

void Latest::set(int64_t at, std::string_view value) {
  if (value.empty() || at < time) return;
  time = at;
  text = value;
}

static void addTime(std::vector<int64_t>& times, int64_t time, int64_t start) {
  times.erase(std::remove_if(times.begin(), times.end(), [&](int64_t t) { return t <= start; }), times.end());
  if (time > start) times.push_back(time);
}

static void addCategory(std::vector<Category>& all, std::string_view name, uint64_t count, int64_t time) {
  for (auto& known : all)
    if (known.name == name) {
      known.count += count;
      known.lastTime = std::max(known.lastTime, time);
      return;
    }
  all.push_back({std::string(name), count, time});
}

static void addRevenue(std::vector<std::pair<std::string, int64_t>>& all, std::string_view currency, int64_t cents) {
  for (auto& known : all)
    if (known.first == currency) {
      known.second += cents;
      return;
    }
  all.emplace_back(currency, cents);
}

void Row::add(const Event& event, int64_t now) {
  count++;
  first = std::min(first, event.time);
  last = std::max(last, event.time);
  switch (event.kind) {
    case Event::identify:
      email.set(event.time, event.trait);
      plan.set(event.time, event.plan);
      firstName.set(event.time, event.firstName);
      city.set(event.time, event.city);
      break;
    case Event::viewed:
      if (!event.category.empty()) addCategory(categories, event.category, 1, event.time);
      addTime(viewTimes, event.time, now - 30 * day);
      break;
    case Event::ordered:
      orders++;
      addRevenue(revenue, event.currency, event.cents);
      addTime(orderTimes, event.time, now - 90 * day);
      break;
    case Event::other: break;
  }
}

void Row::merge(Row&& other) {
  count += other.count;
  orders += other.orders;
  first = std::min(first, other.first);
  last = std::max(last, other.last);
  email.merge(other.email);
  plan.merge(other.plan);
  firstName.merge(other.firstName);
  city.merge(other.city);
  for (auto& [currency, cents] : other.revenue) addRevenue(revenue, currency, cents);
  for (auto& category : other.categories) addCategory(categories, category.name, category.count, category.lastTime);
  orderTimes.insert(orderTimes.end(), other.orderTimes.begin(), other.orderTimes.end());
  viewTimes.insert(viewTimes.end(), other.viewTimes.begin(), other.viewTimes.end());
}

// MARK: Bytes

static void put(std::string& out, const void* bytes, size_t count) {
  out.append(static_cast<const char*>(bytes), count);
}
template <class T> static void put(std::string& out, T value) { put(out, &value, sizeof value); }
static void put(std::string& out, std::string_view text) { put(out, uint32_t(text.size())), out.append(text); }
static void put(std::string& out, const Latest& latest) {
  put(out, latest.time), put(out, std::string_view(latest.text));
}

std::string Row::encode() const {
  std::string out;
  put(out, mergedInto);
  if (mergedInto) return out;
  put(out, count), put(out, orders), put(out, first), put(out, last);
  put(out, email), put(out, plan), put(out, firstName), put(out, city);
  put(out, uint32_t(revenue.size()));
  for (auto& [currency, cents] : revenue) put(out, std::string_view(currency)), put(out, cents);
  put(out, uint32_t(categories.size()));
  for (auto& c : categories) put(out, std::string_view(c.name)), put(out, c.count), put(out, c.lastTime);
  for (auto* times : {&orderTimes, &viewTimes}) {
    put(out, uint32_t(times->size()));
    put(out, times->data(), times->size() * 8);
  }
  return out;
}

struct Reader {
  std::string_view in;
  template <class T> T get() {
    T value;
    memcpy(&value, in.data(), sizeof value);
    in.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    size_t size = get<uint32_t>();
    std::string value(in.substr(0, size));
    in.remove_prefix(size);
    return value;
  }
  Latest latest() {
    Latest value;
    value.time = get<int64_t>();
    value.text = text();
    return value;
  }
};

Row Row::decode(std::string_view bytes) {
  Row row;
  Reader in{bytes};
  row.mergedInto = in.get<uint32_t>();
  if (row.mergedInto) return row;
  row.count = in.get<uint64_t>(), row.orders = in.get<uint64_t>();
  row.first = in.get<int64_t>(), row.last = in.get<int64_t>();
  row.email = in.latest(), row.plan = in.latest(), row.firstName = in.latest(), row.city = in.latest();
  for (uint32_t n = in.get<uint32_t>(); n > 0; n--) {
    std::string currency = in.text();
    row.revenue.emplace_back(std::move(currency), in.get<int64_t>());
  }
  for (uint32_t n = in.get<uint32_t>(); n > 0; n--) {
    Category category{in.text(), 0, 0};
    category.count = in.get<uint64_t>(), category.lastTime = in.get<int64_t>();
    row.categories.push_back(std::move(category));
  }
  for (auto* times : {&row.orderTimes, &row.viewTimes}) {
    times->resize(in.get<uint32_t>());
    memcpy(times->data(), in.in.data(), times->size() * 8);
    in.in.remove_prefix(times->size() * 8);
  }
  return row;
}

// MARK: Answers

static uint64_t countSince(const std::vector<int64_t>& times, int64_t start) {
  return std::count_if(times.begin(), times.end(), [&](int64_t t) { return t > start; });
}

int64_t Row::revenueIn(std::string_view currency) const {
  for (auto& known : revenue)
    if (known.first == currency) return known.second;
  return 0;
}

std::string Row::favouriteCategory() const {
  auto best = std::min_element(categories.begin(), categories.end(), [](auto& a, auto& b) {
    if (a.count != b.count) return a.count > b.count;
    return std::tie(b.lastTime, a.name) < std::tie(a.lastTime, b.name);
  });
  return best == categories.end() ? "" : best->name;
}

uint64_t Row::ordersSince(int64_t start) const { return countSince(orderTimes, start); }
bool Row::isValuable(int64_t now) const { return revenueIn("USD") >= 50'000 && ordersSince(now - 90 * day) >= 1; }
bool Row::isWindowShopper(int64_t now) const {
  return countSince(viewTimes, now - 30 * day) >= 3 && ordersSince(now - 30 * day) == 0;
}
bool Row::isSilent(int64_t now) const { return plan.text == "business" && now - last > 45 * day; }
