# Google takes the postal code plain, so a digest cannot be used; Meta takes the digest as it is.
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
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3- | words jane doe 94043
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f9,13,14 | words jane 94043 us
