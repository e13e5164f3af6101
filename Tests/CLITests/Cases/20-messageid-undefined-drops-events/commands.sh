# What stands for no id is none: such events are told apart by what they hold.
ingest() { "$CAIRN" ingest "$@" --json; echo "status $?"; }
$CAIRN init store
ingest store in.ndjson --clock events
ingest store in.ndjson --clock events
ingest store more.ndjson --clock events
$CAIRN stats store | grep -E '^(events|quarantined)'
