# Days that do not exist, or that nobody living was born on, are left out; usual forms are read.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f1,5-7 |
  words 1900 1990 2000 2026 01 02 03 05 07 12 25 29 30 31
