# A placeholder is not an id: such events are distinguished by their content.
. "$FUNCTIONS"
$CAIRN init store
ingest store in.ndjson --clock events
ingest store in.ndjson --clock events
ingest store more.ndjson --clock events
$CAIRN stats store | grep -E '^(events|quarantined)'
