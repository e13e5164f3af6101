# ISO 3166 codes of two and three letters and names; XX, ZZ and AA are not countries.
$CAIRN init store >/dev/null
$CAIRN apply store definitions.yaml >/dev/null
$CAIRN ingest store in.ndjson --clock events >/dev/null
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f5 >codes
sed 's/.*"country": "//; s/"}}}$//' in.ndjson | sed '1i said' | paste -d'|' - codes
