// A C face on the first stage of simdjson: where the tokens of JSON text begin, and whether the
// text is UTF-8. The second stage, which reads the tokens, is ours and in Swift: simdjson's own
// would turn numbers into doubles, and we must keep their text.

#ifndef CAIRN_CSIMDJSON_H
#define CAIRN_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What scanning came to.
typedef enum {
  CAIRN_JSON_OK = 0,
  /// There is no token at all.
  CAIRN_JSON_EMPTY = 1,
  /// The bytes are not UTF-8.
  CAIRN_JSON_INVALID_UTF8 = 2,
  /// A string does not end, or holds a control character such as a line feed.
  CAIRN_JSON_INVALID_STRING = 3,
  /// There is no memory for the positions.
  CAIRN_JSON_NO_MEMORY = 4,
  /// Anything else.
  CAIRN_JSON_FAILED = 5,
} cairn_json_result;

/// A scanner and the memory it reuses. One thread at a time.
typedef struct cairn_json_scanner cairn_json_scanner;

/// Makes a scanner; null without memory.
cairn_json_scanner *cairn_json_scanner_create(void);

/// Frees a scanner.
void cairn_json_scanner_destroy(cairn_json_scanner *scanner);

/// How many bytes beyond the text must be readable; their values do not matter.
size_t cairn_json_padding(void);

/// Finds where tokens begin: braces, brackets, colons, commas, opening quotes, and the first bytes of
/// other scalars. Text may hold several values, one after the other; no string spans two lines.
///
/// On CAIRN_JSON_OK, `positions` points at `position_count` ascending offsets below `count`, which
/// live until the next call. No more than 2^31 bytes.
cairn_json_result cairn_json_scan(
    cairn_json_scanner *scanner, const uint8_t *bytes, size_t count,
    const uint32_t **positions, size_t *position_count);

#ifdef __cplusplus
}
#endif

#endif
