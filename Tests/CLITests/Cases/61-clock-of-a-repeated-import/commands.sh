# An input that brings nothing new does not change what moves the store's time; one that does is reported.
ev() { printf '{"type":"track","event":"A","messageId":"%s","userId":"u","timestamp":"%s"}\n' "$1" "$2"; }
printf 'audiences:\n  recent: performed("A", last 1d)\n' > d.yaml
ev 1 2024-01-01T10:00:00Z > first.ndjson
ev 2 2024-01-02T09:00:00Z > second.ndjson
$CAIRN init store; $CAIRN apply store d.yaml
$CAIRN ingest store first.ndjson --clock events | head -2
echo "# again, without the option"; $CAIRN ingest store first.ndjson | head -3
$CAIRN audience list store --json
echo "# another event"; $CAIRN ingest store second.ndjson -q
$CAIRN audience list store --json | sed 's/"as_of":.*/AS OF NOW/'
$CAIRN verify store --replay | grep sound
