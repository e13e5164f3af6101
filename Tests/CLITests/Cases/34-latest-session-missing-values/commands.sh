# The newest session is that of the events that match, whether or not they have the value: here the one
# at noon of u, without category and revenue, and of v the one with both.
$CAIRN init store
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n 2p
$CAIRN export store profiles --format ndjson | sed 's/"profile_id":"[^"]*",//; s/"first_seen.*"identifiers"/"identifiers"/'
