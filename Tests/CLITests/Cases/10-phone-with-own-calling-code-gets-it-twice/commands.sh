# Numbers with their own calling code and no plus sign, in lists for ad platforms and as identifiers.
"$CAIRN" init s >/dev/null
"$CAIRN" apply s definitions.yaml >/dev/null
"$CAIRN" ingest s in.ndjson --clock events >/dev/null
"$CAIRN" export s audience everyone --format google 2>/dev/null | cut -d, -f2 | cut -c1-12
rm -rf s
"$CAIRN" init s >/dev/null
"$CAIRN" identity apply s rules.yaml >/dev/null
"$CAIRN" ingest s two.ndjson >/dev/null
"$CAIRN" export s identifiers --format ndjson | sed 's/,"profile_id.*//'
rm -rf s
for line in "DE 0491 123456" "DE 49 30 123456" "AT 436641234567" "SE 46701234567" "NL 31612345678" \
  "ES 34612345678" "PL 48601234567" "CH 41791234567" "MX 525512345678" "JP 819012345678" \
  "AU 61412345678" "KZ 77012345678" "TR 905321234567" "US 918 123 4567"; do
  printf 'country: %s\nidentifiers: [phone]\n' "${line%% *}" > i.yaml
  printf '{"type":"identify","messageId":"1","traits":{"phone":"%s"}}\n' "${line#* }" > e.ndjson
  "$CAIRN" init s >/dev/null
  "$CAIRN" identity apply s i.yaml >/dev/null
  "$CAIRN" ingest s e.ndjson >/dev/null
  echo "$line: $("$CAIRN" export s identifiers --format ndjson | sed 's/.*"value":"//; s/".*//')"
  rm -rf s
done
