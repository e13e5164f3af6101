#include <idn2.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>
#include <stddef.h>

/// A UTF-8 text in lower case by Unicode's default mapping, in normal form C; for the caller to free. Null
/// if it is not UTF-8, or without memory. In C because the normal forms are values of an incomplete type.
static inline uint8_t *cairn_lower_nfc(const uint8_t *text, size_t count, size_t *result_count) {
  return u8_tolower(text, count, "", UNINORM_NFC, NULL, result_count);
}

// The normalisation forms are macros that take an address, which Swift does not import.

/// Normalization form C: composed.
static inline uninorm_t cairn_nfc(void) { return UNINORM_NFC; }

/// Normalization form KD: decomposed, without differences of compatibility such as width.
static inline uninorm_t cairn_nfkd(void) { return UNINORM_NFKD; }
