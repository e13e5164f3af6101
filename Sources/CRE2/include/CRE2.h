// A C face on RE2: patterns that are matched in time linear in the text, whatever a plan's author
// writes. RE2 has no C face of its own.

#ifndef CAIRN_CRE2_H
#define CAIRN_CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern. May be matched from several threads at once.
typedef struct cairn_pattern cairn_pattern;

/// Compiles a pattern; null if RE2 does not take it, or without memory. `error`, if not null, then
/// receives up to `error_capacity` bytes of what is wrong, without a NUL, and `error_count` their number.
///
/// A compiled pattern takes at most `memory_bytes_max` bytes; one that needs more is refused.
cairn_pattern *cairn_pattern_create(
    const uint8_t *pattern, size_t count, size_t memory_bytes_max,
    uint8_t *error, size_t error_capacity, size_t *error_count);

/// Frees a pattern.
void cairn_pattern_destroy(cairn_pattern *pattern);

/// Whether the pattern matches anywhere in the text, which must be UTF-8.
bool cairn_pattern_matches(const cairn_pattern *pattern, const uint8_t *text, size_t count);

#ifdef __cplusplus
}
#endif

#endif
