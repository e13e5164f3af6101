# A broken batch is quarantined verbatim, and those after it are ingested.
. "$FUNCTIONS"
$CAIRN init store
ingest store bodies.json --format batch
ingest store more.json --verdicts v
cut -d, -f2-5 v | sed 's/,"sequence.*//'
cat more.json | ingest store -
$CAIRN stats store | grep -E '^(events|quarantined)'
$CAIRN quarantine show store 3 | tail -1
$CAIRN quarantine redrive store
echo "status $?"
