#include <idn2.h>
#include <stddef.h>
#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>
#include <uniwidth.h>

/// Writes a UTF-8 text in normal form C, or KD if `decomposed`, to `result`.
///
/// Returns its length; 0 if the text is not UTF-8, longer than `capacity` then, or without memory. At most
/// 3 bytes are made of one in form C, and 11 in form KD. In C because the normal forms are values of an
/// incomplete type, which Swift does not import.
static inline size_t cairn_normal_form(const uint8_t *text, size_t count, int decomposed,
                                       uint8_t *result, size_t capacity) {
  size_t length = capacity;
  uint8_t *made =
      u8_normalize(decomposed ? UNINORM_NFKD : UNINORM_NFC, text, count, result, &length);
  if (made == result) return length;
  free(made);
  return 0;
}
