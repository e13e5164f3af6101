# Prefixes and suffixes are those of Google's own formatter; blanks inside a name stay as they are.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3,4 |
  words a smith ivanov "anne  marie" b "miss piggy" ada dr v mralex boardds "o'neill-smith" "prof. ada" "smith esq." quinn
