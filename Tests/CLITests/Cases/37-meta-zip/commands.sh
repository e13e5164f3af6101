# Meta takes area, district and sector of a British postal code, and five digits of one of the US.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f1,13 |
  words sw1a1 m11 gir0 ec1a1 sw1a 12345 94107 00-950 k1a0b1 sw1a1aa d02af30
