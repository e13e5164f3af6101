#include <idn2.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

// The normalisation forms are macros that take an address, which Swift does not import.

/// Normalization form C: composed.
static inline uninorm_t cairn_nfc(void) { return UNINORM_NFC; }

/// Normalization form KD: decomposed, without differences of compatibility such as width.
static inline uninorm_t cairn_nfkd(void) { return UNINORM_NFKD; }
