# A cell is one value: it cannot write members of the event itself.
. "$FUNCTIONS"
$CAIRN init store
ingest store t.csv --mapping map.yaml --clock events
$CAIRN quarantine list store | grep -o 'row .*'
$CAIRN export store identifiers --format csv | cut -d, -f1,2
$CAIRN export store events --format ndjson | grep -o '"event":.*'
