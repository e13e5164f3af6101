# PHP writes an empty map as an empty list; where the spec has an object, it is one.
. "$FUNCTIONS"
$CAIRN init store
ingest store in.ndjson
ingest store more.json
$CAIRN export store events --format ndjson | grep -o '"event":.*'
