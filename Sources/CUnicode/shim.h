#include <idn2.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

// The normalisation forms are macros that take an address, which Swift does not import.

/// Normalization form C: composed.
static inline uninorm_t cairn_nfc(void) { return UNINORM_NFC; }
