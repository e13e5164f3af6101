# Quoted, padded and upper-case placeholders stand for nobody; what only looks like one is an id.
cat more.ndjson >> in.ndjson
"$CAIRN" init s >/dev/null
"$CAIRN" ingest s in.ndjson --clock events | head -5
"$CAIRN" export s identifiers --format ndjson | sed 's/,"profile_id.*//' | sort
