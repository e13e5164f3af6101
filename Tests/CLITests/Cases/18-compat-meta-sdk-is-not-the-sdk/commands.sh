# As facebook_business CustomAudienceMixin makes it; tools/suite-meta compares every field.
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
$CAIRN export store audience everyone --format meta --compat meta-sdk 2>/dev/null | cut -d, -f1,3- |
  words 94043 california "sw1a 1aa" pl us gb valry oneilljr w 1890 05 07 0301234 sopaulo dc v ge m 00 jose
