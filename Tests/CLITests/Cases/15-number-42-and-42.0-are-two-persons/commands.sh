# Equal numbers are one id, of every type; a text is itself.
cat more.ndjson >> in.ndjson
"$CAIRN" init s >/dev/null
"$CAIRN" ingest s in.ndjson | head -2
"$CAIRN" export s identifiers --format ndjson | sed 's/,"profile_id.*//' | cut -c1-70 | sort
