# Days that do not exist, or that nobody living was born on, are left out; usual forms are read.
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
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f1,5-7 |
  words 1900 1990 2000 2026 01 02 03 05 07 12 25 29 30 31
