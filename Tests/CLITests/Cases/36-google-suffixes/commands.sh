# Prefixes and suffixes are those of Google's own formatter; blanks inside a name stay as they are.
# Digests as the words that they are of.
words() {
  for word in "$@"; do
    printf 's/%s/<%s>/g\n' "$(printf %s "$word" | sha256sum | cut -d' ' -f1)" "$word"
  done >words.sed
  sed -f words.sed
}
$CAIRN init store >/dev/null
$CAIRN apply store definitions.yaml >/dev/null
$CAIRN ingest store in.ndjson --clock events >/dev/null
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3,4 |
  words a smith ivanov "anne  marie" b "miss piggy" ada dr v mralex boardds "o'neill-smith" "prof. ada" "smith esq." quinn
