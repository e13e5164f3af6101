// The job over a key-value engine: `ENGINE ingest DIRECTORY EVENTS [BATCH]` and `ENGINE answers DIRECTORY`.
// Each batch is parsed while the one before is folded, and is one durable commit. Rows and identifiers are
// kept in memory while they are in use, up to a bound.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "Engine.h"
#include "Job.h"

/// What was used lately: two generations, the older of which is dropped when the younger is full.
template <class K, class V> class Cache {
 public:
  explicit Cache(size_t most) : most(most) {}
  V* find(const K& key) {
    if (auto at = young.find(key); at != young.end()) return &at->second;
    auto at = old.find(key);
    if (at == old.end()) return nullptr;
    V* value = &young.emplace(key, std::move(at->second)).first->second;
    old.erase(at);
    return value;
  }
  V* put(const K& key, V value) { return &(young[key] = std::move(value)); }
  /// Between batches only: what is dropped must have been written.
  void trim() {
    if (young.size() < most / 2) return;
    old = std::move(young);
    young.clear();
  }

 private:
  size_t most;
  std::unordered_map<K, V> young, old;
};

static std::string bigEndian(uint64_t value, int bytes) {
  std::string key(bytes, 0);
  for (int i = bytes; i-- > 0; value >>= 8) key[i] = char(value);
  return key;
}

/// A UUID as 16 bytes; anything else as it is.
static std::string messageKey(std::string_view id) {
  if (id.size() != 36) return std::string(id);
  std::string key;
  int high = -1;
  for (char c : id) {
    if (c == '-') continue;
    int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    if (high < 0) high = digit;
    else key.push_back(char(high << 4 | digit)), high = -1;
  }
  return key;
}

class Job {
 public:
  explicit Job(Engine& engine) : engine(engine) {
    std::string state;
    if (!engine.get(Space::profiles, bigEndian(0, 4), state)) return;
    sscanf(state.c_str(), "%ld %lu %u", &now, &events, &profiles);
  }

  void take(const Batch& batch) {
    std::vector<std::string> keys;
    for (auto& event : batch.events) keys.push_back(messageKey(event.message));
    std::vector<bool> known = engine.contains(Space::messages, keys);
    std::unordered_set<std::string_view> seen;
    for (size_t i = 0; i < keys.size(); i++) {
      if (known[i] || !seen.insert(keys[i]).second) continue;
      engine.put(Space::messages, keys[i], {});
      engine.put(Space::events, bigEndian(++events, 8), batch.events[i].line);
      now = std::max(now, batch.events[i].time);
      fold(batch.events[i]);
    }
    for (uint32_t id : dirty) engine.put(Space::profiles, bigEndian(id, 4), row(id)->encode());
    dirty.clear();
    char state[64];
    snprintf(state, sizeof state, "%ld %lu %u", now, events, profiles);
    engine.put(Space::profiles, bigEndian(0, 4), state);
    engine.commit();
    rows.trim();
    owners.trim();
  }

  void count() {
    size_t valuable = 0, shoppers = 0, silent = 0;
    engine.each(Space::profiles, [&](std::string_view key, std::string_view value) {
      if (key == std::string_view("\0\0\0\0", 4)) return;
      Row row = Row::decode(value);
      if (row.mergedInto) return;
      valuable += row.isValuable(now), shoppers += row.isWindowShopper(now), silent += row.isSilent(now);
    });
    printf("events %lu valuable %zu window_shoppers %zu silent %zu\n", events, valuable, shoppers, silent);
  }

  /// A line for each person, as compare reads it.
  void answers() {
    std::map<uint32_t, std::vector<std::string>> people;
    engine.each(Space::identifiers, [&](std::string_view key, std::string_view value) {
      people[root(*reinterpret_cast<const uint32_t*>(value.data()))].emplace_back(key);
    });
    for (auto& [id, names] : people) {
      const Row& r = *row(id);
      std::sort(names.begin(), names.end());
      for (size_t i = 0; i < names.size(); i++) printf("%s%s", i ? " " : "", names[i].c_str());
      printf("\t%lu\t%ld\t%ld\t%s\t%s\t%s\t%s", r.count, r.first, r.last, r.email.text.c_str(), r.plan.text.c_str(),
             r.firstName.text.c_str(), r.city.text.c_str());
      printf("\t%ld %ld %ld", r.revenueIn("EUR"), r.revenueIn("GBP"), r.revenueIn("USD"));
      printf("\t%lu\t%lu\t%s", r.orders, r.ordersSince(now - 90 * day), r.favouriteCategory().c_str());
      printf("\t%d%d%d\n", r.isValuable(now), r.isWindowShopper(now), r.isSilent(now));
      rows.trim();
    }
  }

 private:
  Engine& engine;
  Cache<uint32_t, Row> rows{200'000};
  Cache<std::string, uint32_t> owners{800'000};
  std::unordered_set<uint32_t> dirty;
  int64_t now = INT64_MIN;
  uint64_t events = 0;
  uint32_t profiles = 0;

  Row* row(uint32_t id) {
    if (Row* known = rows.find(id)) return known;
    std::string bytes;
    engine.get(Space::profiles, bigEndian(id, 4), bytes);
    return rows.put(id, Row::decode(bytes));
  }

  /// The profile that a profile is by now.
  uint32_t root(uint32_t id) {
    while (uint32_t next = row(id)->mergedInto) id = next;
    return id;
  }

  /// The profile of an identifier; 0 if there is none.
  uint32_t owner(const std::string& identifier) {
    std::string bytes;
    if (uint32_t* known = owners.find(identifier)) return *known = root(*known);
    if (!engine.get(Space::identifiers, identifier, bytes)) return 0;
    return *owners.put(identifier, root(*reinterpret_cast<const uint32_t*>(bytes.data())));
  }

  void fold(const Event& event) {
    uint32_t found = 0;
    std::vector<const std::string*> fresh;
    for (auto& identifier : event.identifiers) {
      uint32_t id = owner(identifier);
      if (!id) fresh.push_back(&identifier);
      else if (!found) found = id;
      else if (id != found) found = merge(std::min(id, found), std::max(id, found));
    }
    if (!found) rows.put(found = ++profiles, Row());
    for (auto* identifier : fresh) {
      owners.put(*identifier, found);
      engine.put(Space::identifiers, *identifier, {reinterpret_cast<char*>(&found), 4});
    }
    row(found)->add(event, now);
    dirty.insert(found);
  }

  uint32_t merge(uint32_t oldest, uint32_t other) {
    Row gone = std::move(*row(other));
    *row(other) = Row();
    row(other)->mergedInto = oldest;
    row(oldest)->merge(std::move(gone));
    dirty.insert(other);
    return oldest;
  }
};

int main(int count, char** arguments) {
  std::string what = count > 2 ? arguments[1] : "";
  if (!(what == "ingest" && count >= 4) && what != "answers") {
    fprintf(stderr, "usage: %s ingest DIRECTORY EVENTS [BATCH] | answers DIRECTORY\n", arguments[0]);
    return 2;
  }
  auto engine = openEngine(arguments[2]);
  Job job(*engine);
  if (what == "answers") {
    job.answers();
    return 0;
  }
  size_t size = count > 4 ? atol(arguments[4]) : 10'000;
  Input input(arguments[3]);
  Batch batch = input.next(size);
  while (!batch.events.empty()) {
    // A thread for each small batch would cost more than the parsing.
    auto later = std::async(size < 1000 ? std::launch::deferred : std::launch::async, [&] { return input.next(size); });
    job.take(batch);
    batch = later.get();
  }
  job.count();
}
