# What cannot be a formula gets no apostrophe: a number is a number, and a phone number keeps its plus.
$CAIRN init store >/dev/null
$CAIRN apply store definitions.yaml >/dev/null
$CAIRN ingest store in.ndjson --clock events >/dev/null
$CAIRN export store profiles --format csv | cut -d, -f5-
$CAIRN export store identifiers --format csv | cut -d, -f1,2
$CAIRN export store profiles --format ndjson | sed 's/.*"identifiers"/{"identifiers"/' | sed -n 1,2p
