// RocksDB: a column family for each space, Bloom filters for what is looked up, LZ4, one synced write batch a
// commit. Events and message ids are never changed; event keys ascend, so their files move down unmerged.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <cstdio>
#include <cstdlib>

#include "Engine.h"

using namespace rocksdb;

static void check(const Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "%s\n", status.ToString().c_str());
  exit(1);
}

class Rocks : public Engine {
 public:
  explicit Rocks(const std::string& directory) {
    DBOptions options;
    options.create_if_missing = options.create_missing_column_families = true;
    options.IncreaseParallelism(2);
    options.bytes_per_sync = 1 << 20;
    auto cache = NewLRUCache(128 << 20);
    std::vector<ColumnFamilyDescriptor> families;
    for (auto name : {"default", "messages", "identifiers", "profiles"}) {
      ColumnFamilyOptions family;
      bool isEvents = families.empty();
      BlockBasedTableOptions table;
      table.block_cache = cache;
      table.format_version = 5;
      table.block_size = isEvents ? 64 << 10 : 8 << 10;
      if (!isEvents) {
        table.filter_policy.reset(NewBloomFilterPolicy(10));
        table.optimize_filters_for_memory = true;
        family.OptimizeForPointLookup(1);
      }
      family.table_factory.reset(NewBlockBasedTableFactory(table));
      family.write_buffer_size = 32 << 20;
      family.max_write_buffer_number = 3;
      family.compression = kLZ4Compression;
      family.level_compaction_dynamic_level_bytes = true;
      families.emplace_back(isEvents ? kDefaultColumnFamilyName : name, family);
    }
    check(DB::Open(options, directory, families, &handles, &database));
  }

  ~Rocks() override {
    // As Cairn's close: nothing is left to replay.
    check(database->Flush(FlushOptions(), handles));
    for (auto* handle : handles) check(database->DestroyColumnFamilyHandle(handle));
    check(database->Close());
    delete database;
  }

  bool get(Space space, const std::string& key, std::string& value) override {
    Status status = database->Get(ReadOptions(), family(space), key, &value);
    if (status.IsNotFound()) return false;
    check(status);
    return true;
  }

  std::vector<bool> contains(Space space, const std::vector<std::string>& keys) override {
    std::vector<Slice> slices(keys.begin(), keys.end());
    std::vector<PinnableSlice> values(keys.size());
    std::vector<Status> statuses(keys.size());
    database->MultiGet(ReadOptions(), family(space), keys.size(), slices.data(), values.data(), statuses.data());
    std::vector<bool> found;
    for (auto& status : statuses) {
      if (!status.IsNotFound()) check(status);
      found.push_back(status.ok());
    }
    return found;
  }

  void put(Space space, std::string_view key, std::string_view value) override {
    check(batch.Put(family(space), Slice(key.data(), key.size()), Slice(value.data(), value.size())));
  }

  void commit() override {
    WriteOptions options;
    options.sync = true;
    check(database->Write(options, &batch));
    batch.Clear();
  }

  void each(Space space, const std::function<void(std::string_view, std::string_view)>& body) override {
    std::unique_ptr<Iterator> at(database->NewIterator(ReadOptions(), family(space)));
    for (at->SeekToFirst(); at->Valid(); at->Next()) body(at->key().ToStringView(), at->value().ToStringView());
    check(at->status());
  }

 private:
  DB* database = nullptr;
  std::vector<ColumnFamilyHandle*> handles;
  WriteBatch batch;

  ColumnFamilyHandle* family(Space space) { return handles[int(space)]; }
};

std::unique_ptr<Engine> openEngine(const std::string& directory) { return std::make_unique<Rocks>(directory); }
