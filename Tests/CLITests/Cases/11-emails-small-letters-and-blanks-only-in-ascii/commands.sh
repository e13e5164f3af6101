# One address in every spelling is one identifier, and erasing one spelling erases all.
cat more.ndjson >> in.ndjson
"$CAIRN" init s >/dev/null
"$CAIRN" ingest s in.ndjson --clock events >/dev/null
"$CAIRN" export s identifiers --format ndjson | grep email | sed 's/,"profile_id.*//'
"$CAIRN" erase s email:jörg@example.com --yes >/dev/null
echo "after the erasure"
"$CAIRN" export s identifiers --format ndjson | grep email | sed 's/,"profile_id.*//'
