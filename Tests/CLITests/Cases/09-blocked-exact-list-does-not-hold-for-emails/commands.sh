# Listed values are listed as they are sent and as they are compared; what is not an address is none.
ids() { "$CAIRN" export s identifiers --format ndjson | sed 's/,"profile_id.*//' | sort; rm -rf s; }
"$CAIRN" init s >/dev/null
"$CAIRN" ingest s in.ndjson --clock events >/dev/null
echo "# built-in rules"; ids
"$CAIRN" init s >/dev/null
"$CAIRN" identity apply s rules.yaml >/dev/null
"$CAIRN" ingest s in.ndjson --clock events >/dev/null
echo "# own rules, exact: [N/A]"; ids
"$CAIRN" init s >/dev/null
"$CAIRN" identity apply s addresses.yaml >/dev/null
"$CAIRN" ingest s addresses.ndjson --clock events >/dev/null
echo "# listed addresses and numbers, in each spelling"; ids
