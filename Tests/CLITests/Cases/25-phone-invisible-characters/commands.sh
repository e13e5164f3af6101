# Invisible characters, typographic hyphens, links and extensions around one number.
"$CAIRN" init s >/dev/null
"$CAIRN" apply s definitions.yaml >/dev/null
"$CAIRN" ingest s in.ndjson --clock events >/dev/null
"$CAIRN" export s audience everyone --format google 2>/dev/null | cut -d, -f2 | cut -c1-12
rm -rf s
cat more.ndjson >> only.ndjson
"$CAIRN" init s >/dev/null
"$CAIRN" identity apply s rules.yaml >/dev/null
"$CAIRN" ingest s only.ndjson 2>&1 | grep -v -e ' in .* m*s$' -e events/s
"$CAIRN" export s identifiers --format ndjson | sed 's/,"profile_id.*//'
