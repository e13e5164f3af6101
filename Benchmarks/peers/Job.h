// The job that all peers do, but for where its state is kept: events are parsed, duplicates dropped, people
// found as connected components of their identifiers, and of each person the traits of
// Benchmarks/every-event.yaml kept.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

constexpr int64_t day = 86'400'000;

/// What the job needs of an event; texts point into the batch.
struct Event {
  enum Kind { other, identify, viewed, ordered };
  Kind kind = other;
  int64_t time = 0;
  int64_t cents = 0;
  std::string_view line, message, currency, category, plan, firstName, city, trait;
  /// `u`, `e` or `a` before the value: user id, e-mail address, anonymous id.
  std::vector<std::string> identifiers;
};

/// A piece of the input, parsed.
struct Batch {
  std::string lines;  // followed by room for simdjson
  std::string texts;  // what the events point into
  std::vector<Event> events;
};

/// Reads and parses the next `count` lines; an empty batch at the end.
class Input {
 public:
  explicit Input(const char* path);
  ~Input();
  Batch next(size_t count);

 private:
  struct Parser;
  int file;
  std::string rest;
  Parser* parser;
};

/// A text and the time of the event that it is of.
struct Latest {
  int64_t time = INT64_MIN;
  std::string text;
  void set(int64_t at, std::string_view value);
  void merge(const Latest& other) { if (other.time >= time) *this = other; }
};

struct Category {
  std::string name;
  uint64_t count;
  int64_t lastTime;
};

/// All that is kept of a person.
struct Row {
  /// The profile that this one was merged into; 0 for one that is there.
  uint32_t mergedInto = 0;
  uint64_t count = 0, orders = 0;
  int64_t first = INT64_MAX, last = INT64_MIN;
  Latest email, plan, firstName, city;
  std::vector<std::pair<std::string, int64_t>> revenue;  // by currency, in cents
  std::vector<Category> categories;
  std::vector<int64_t> orderTimes, viewTimes;  // as far as windows reach

  void add(const Event& event, int64_t now);
  void merge(Row&& other);
  std::string encode() const;
  static Row decode(std::string_view bytes);

  int64_t revenueIn(std::string_view currency) const;
  std::string favouriteCategory() const;
  uint64_t ordersSince(int64_t start) const;
  bool isValuable(int64_t now) const;
  bool isWindowShopper(int64_t now) const;
  bool isSilent(int64_t now) const;
};
