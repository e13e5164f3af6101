# Text is composed before it is hashed: names from macOS and some keyboards come decomposed.
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
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3-6 | words josé müller 한 ångström
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f8-10,12 | words josé müller j 한 ångström île
