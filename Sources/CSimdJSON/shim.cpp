// Runs simdjson's stage 1 on the best kernel for this processor. Stage 1 is the part of simdjson that
// all its front ends share (DOM, On-Demand, iterate_many), with the same signature from 1.0 to 4.x.

#include "CSimdJSON.h"

#include <simdjson.h>

#include <memory>
#include <new>

static_assert(simdjson::SIMDJSON_VERSION_MAJOR >= 3, "simdjson 3.0 or later is needed");

struct cairn_json_scanner {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation;
};

namespace {

// simdjson's API does not throw when asked for error codes, but allocation may; nothing thrown may
// reach Swift, hence noexcept functions and nothrow allocation throughout.
simdjson::error_code make(
    std::unique_ptr<simdjson::internal::dom_parser_implementation> &implementation,
    size_t capacity) noexcept {
  return simdjson::get_active_implementation()->create_dom_parser_implementation(
      capacity, simdjson::DEFAULT_MAX_DEPTH, implementation);
}

cairn_json_result result_of(simdjson::error_code error) noexcept {
  switch (error) {
  case simdjson::SUCCESS: return CAIRN_JSON_OK;
  case simdjson::EMPTY: return CAIRN_JSON_EMPTY;
  case simdjson::UTF8_ERROR: return CAIRN_JSON_INVALID_UTF8;
  case simdjson::UNCLOSED_STRING:
  case simdjson::UNESCAPED_CHARS: return CAIRN_JSON_INVALID_STRING;
  case simdjson::MEMALLOC: return CAIRN_JSON_NO_MEMORY;
  default: return CAIRN_JSON_FAILED;
  }
}

}  // namespace

extern "C" cairn_json_scanner *cairn_json_scanner_create(void) {
  return new (std::nothrow) cairn_json_scanner;
}

extern "C" void cairn_json_scanner_destroy(cairn_json_scanner *scanner) { delete scanner; }

extern "C" size_t cairn_json_padding(void) { return simdjson::SIMDJSON_PADDING; }

extern "C" cairn_json_result cairn_json_scan(
    cairn_json_scanner *scanner, const uint8_t *bytes, size_t count,
    const uint32_t **positions, size_t *position_count) {
  *positions = nullptr;
  *position_count = 0;
  if (count == 0) return CAIRN_JSON_EMPTY;
  if (!scanner->implementation) {
    auto error = make(scanner->implementation, count);
    if (error) return result_of(error);
  } else if (scanner->implementation->capacity() < count) {
    auto error = scanner->implementation->set_capacity(count);
    if (error) {
      scanner->implementation.reset();
      return result_of(error);
    }
  }
  auto &implementation = *scanner->implementation;
  auto error = implementation.stage1(bytes, count, simdjson::stage1_mode::regular);
  if (error) return result_of(error);
  *positions = implementation.structural_indexes.get();
  *position_count = implementation.n_structural_indexes;
  return CAIRN_JSON_OK;
}
