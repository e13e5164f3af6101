# A known trait stands in the place of the one before as a whole, by the time at which it was said.
$CAIRN init store
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n 2p
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3-
$CAIRN export store profiles --format ndjson | sed 's/"profile_id":"[^"]*",//; s/"first_seen.*"identifiers"/"identifiers"/'
