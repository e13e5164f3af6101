#include <idn2.h>
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>
#include <stddef.h>

/// A UTF-8 text in lower case by Unicode's default mapping, in normal form C; for the caller to free. Null
/// if it is not UTF-8, or without memory. In C because the normal forms are values of an incomplete type.
static inline uint8_t *cairn_lower_nfc(const uint8_t *text, size_t count, size_t *result_count) {
  return u8_tolower(text, count, "", UNINORM_NFC, NULL, result_count);
}

/// Writes a UTF-8 text in normal form C, or KD if `decomposed`, to `result`.
///
/// Returns its length; 0 if the text is not UTF-8, longer than `capacity` then, or without memory. At most
/// 3 bytes are made of one in form C, and 11 in form KD.
static inline size_t cairn_normal_form(const uint8_t *text, size_t count, int decomposed,
                                       uint8_t *result, size_t capacity) {
  size_t length = capacity;
  uint8_t *made =
      u8_normalize(decomposed ? UNINORM_NFKD : UNINORM_NFC, text, count, result, &length);
  if (made == result) return length;
  free(made);
  return 0;
}

// The normalisation forms are macros that take an address, which Swift does not import.

/// Normalization form C: composed.
static inline uninorm_t cairn_nfc(void) { return UNINORM_NFC; }
