// What the job asks of an engine. Batches are read at once where the engine can, and put together.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

enum class Space { events, messages, identifiers, profiles };

class Engine {
 public:
  virtual ~Engine() = default;
  virtual bool get(Space space, const std::string& key, std::string& value) = 0;
  virtual std::vector<bool> contains(Space space, const std::vector<std::string>& keys) = 0;
  /// Not seen by `get` before `commit`.
  virtual void put(Space space, std::string_view key, std::string_view value) = 0;
  /// Makes all that was put durable.
  virtual void commit() = 0;
  virtual void each(Space space, const std::function<void(std::string_view, std::string_view)>& body) = 0;
};

std::unique_ptr<Engine> openEngine(const std::string& directory);
