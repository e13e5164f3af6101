// SQLite: a table for each space, prepared statements, write-ahead log, synced at each commit.
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "Engine.h"

class SQLite : public Engine {
 public:
  explicit SQLite(const std::string& directory) {
    mkdir(directory.c_str(), 0700);
    check(sqlite3_open((directory + "/store.db").c_str(), &database));
    run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    run("PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 8192; PRAGMA temp_store = MEMORY");
    const char* names[] = {"events", "messages", "identifiers", "profiles"};
    for (int space = 0; space < 4; space++) {
      std::string name = names[space];
      // Keys that ascend make a rowid table, others one that is ordered by them.
      run(("CREATE TABLE IF NOT EXISTS " + name + " (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID").c_str());
      prepare("SELECT value FROM " + name + " WHERE key = ?", &reads[space]);
      prepare("INSERT OR REPLACE INTO " + name + " VALUES (?, ?)", &writes[space]);
      prepare("SELECT key, value FROM " + name + " ORDER BY key", &scans[space]);
    }
  }

  ~SQLite() override {
    for (auto* all : {reads, writes, scans})
      for (int space = 0; space < 4; space++) sqlite3_finalize(all[space]);
    check(sqlite3_close(database));
  }

  bool get(Space space, const std::string& key, std::string& value) override {
    sqlite3_stmt* statement = reads[int(space)];
    bind(statement, 1, key);
    bool found = step(statement);
    if (found) value.assign(column(statement, 0));
    check(sqlite3_reset(statement));
    return found;
  }

  std::vector<bool> contains(Space space, const std::vector<std::string>& keys) override {
    std::vector<bool> found;
    std::string value;
    for (auto& key : keys) found.push_back(get(space, key, value));
    return found;
  }

  void put(Space space, std::string_view key, std::string_view value) override {
    if (sqlite3_get_autocommit(database)) run("BEGIN");
    sqlite3_stmt* statement = writes[int(space)];
    bind(statement, 1, key);
    bind(statement, 2, value);
    step(statement);
    check(sqlite3_reset(statement));
  }

  void commit() override {
    if (!sqlite3_get_autocommit(database)) run("COMMIT");
  }

  void each(Space space, const std::function<void(std::string_view, std::string_view)>& body) override {
    sqlite3_stmt* statement = scans[int(space)];
    while (step(statement)) body(column(statement, 0), column(statement, 1));
    check(sqlite3_reset(statement));
  }

 private:
  sqlite3* database = nullptr;
  sqlite3_stmt *reads[4], *writes[4], *scans[4];

  void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(database));
    exit(1);
  }
  void run(const char* text) { check(sqlite3_exec(database, text, nullptr, nullptr, nullptr)); }
  void prepare(const std::string& text, sqlite3_stmt** statement) {
    check(sqlite3_prepare_v3(database, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT, statement, nullptr));
  }
  void bind(sqlite3_stmt* statement, int place, std::string_view bytes) {
    check(sqlite3_bind_blob(statement, place, bytes.data() ? bytes.data() : "", int(bytes.size()), SQLITE_STATIC));
  }
  bool step(sqlite3_stmt* statement) {
    int code = sqlite3_step(statement);
    check(code);
    return code == SQLITE_ROW;
  }
  static std::string_view column(sqlite3_stmt* statement, int place) {
    auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, place));
    return {bytes ? bytes : "", size_t(sqlite3_column_bytes(statement, place))};
  }
};

std::unique_ptr<Engine> openEngine(const std::string& directory) { return std::make_unique<SQLite>(directory); }
