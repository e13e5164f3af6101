#include <lz4.h>

// Not of LZ4, but Storage has no other module in C: asks for the cache line of an address, and waits for nothing.
static inline void cairn_prefetch(const void *address) { __builtin_prefetch(address); }
