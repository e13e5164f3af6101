# Each JSON value of an input is recognised for itself; nothing is dropped in silence.
. "$FUNCTIONS"
$CAIRN init store
echo "## lines given as batches"
ingest store events.ndjson --format batch --verdicts v
wc -l < v
echo "## bodies of /batch and /track in one file"
ingest store mixed.json --verdicts v --rejected r
cut -d, -f2-4 v
cat r
echo "## what is in already, in any form, in a pipe: lists, over many lines, and lines between them"
ingest store pretty.json
cat pretty.json | ingest store -
$CAIRN ingest store pretty.json --preview --json | cut -c1-84
echo "## one event a line, by force"
ingest store mixed.json --source other --format lines
$CAIRN stats store | grep -E '^(events|quarantined)'
