#include <stddef.h>
#include <xxhash.h>

// The library as such is built for the least of a machine's vectors, SSE2 on x86. Where it can choose at run time, it
// does so for checksums: the same values, in half the instructions.
#if (defined(__x86_64__) || defined(__i386__)) && __has_include(<xxh_x86dispatch.h>)
#define XXH_DISPATCH_DISABLE_REPLACE
#include <xxh_x86dispatch.h>
static inline XXH64_hash_t cairn_checksum(const void *bytes, size_t count) {
  return XXH3_64bits_dispatch(bytes, count);
}
static inline void cairn_checksum_update(XXH3_state_t *state, const void *bytes, size_t count) {
  XXH3_64bits_update_dispatch(state, bytes, count);
}
#else
static inline XXH64_hash_t cairn_checksum(const void *bytes, size_t count) {
  return XXH3_64bits(bytes, count);
}
static inline void cairn_checksum_update(XXH3_state_t *state, const void *bytes, size_t count) {
  XXH3_64bits_update(state, bytes, count);
}
#endif
