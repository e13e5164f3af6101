# Equal lines are kept each, so that summary and store agree and a redrive gives as many events; what nobody will
# repair can be dropped.
ingest() { "$CAIRN" ingest "$@" --json 2> /dev/null; echo "status $?"; }
counts() { $CAIRN stats store | grep -E '^(events|quarantined)'; }
$CAIRN init store
printf '%s\n' '{"type":"page","userId":"null"}' '{"type":"page","userId":"null"}' 'no JSON' 'no JSON' \
  '{"type":"group","userId":"u","messageId":"1"}' '{"type":"page","userId":"u"}' > in.ndjson
ingest store in.ndjson
counts
echo "## the same file again"
ingest store in.ndjson
counts
echo "## under other rules the blocked ones are two events"
printf 'identifiers: [user_id]\nblocked: {values: [], exact: [], patterns: []}\n' > rules.yaml
$CAIRN identity apply store rules.yaml --yes > /dev/null 2>&1 || $CAIRN identity apply store rules.yaml > /dev/null
$CAIRN quarantine redrive store
counts
ingest store in.ndjson
counts
echo "## dropped: counted first, then gone"
$CAIRN quarantine drop store --code invalid_json
$CAIRN quarantine drop store --code invalid_json --json
counts
$CAIRN quarantine drop store --code invalid_json --yes
$CAIRN quarantine drop store --code invalid_json --yes --json
counts
$CAIRN quarantine list store | grep -o 'missing_group_id\|invalid_json'
ingest store in.ndjson
counts
$CAIRN ingest store in.ndjson --preview --json | cut -c1-75
$CAIRN verify store --replay > /dev/null; echo "status $?"
$CAIRN quarantine drop store --yes
counts
