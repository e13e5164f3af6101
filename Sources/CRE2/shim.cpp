#include "CRE2.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

struct cairn_pattern {
  RE2 compiled;
  cairn_pattern(re2::StringPiece pattern, const RE2::Options &options)
      : compiled(pattern, options) {}
};

// RE2 reports errors without throwing, but allocation may throw; nothing thrown may reach Swift.
cairn_pattern *cairn_pattern_create(
    const uint8_t *pattern, size_t count, size_t memory_bytes_max,
    uint8_t *error, size_t error_capacity, size_t *error_count) {
  try {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<int64_t>(memory_bytes_max));
    auto made = std::make_unique<cairn_pattern>(
        re2::StringPiece(reinterpret_cast<const char *>(pattern), count), options);
    if (made->compiled.ok()) return made.release();
    if (error != nullptr && error_count != nullptr) {
      const std::string &text = made->compiled.error();
      *error_count = std::min(text.size(), error_capacity);
      std::memcpy(error, text.data(), *error_count);
    }
  } catch (...) {
    if (error_count != nullptr) *error_count = 0;
  }
  return nullptr;
}

void cairn_pattern_destroy(cairn_pattern *pattern) { delete pattern; }

bool cairn_pattern_matches(const cairn_pattern *pattern, const uint8_t *text, size_t count) {
  try {
    return RE2::PartialMatch(
        re2::StringPiece(reinterpret_cast<const char *>(text), count), pattern->compiled);
  } catch (...) {
    return false;
  }
}
