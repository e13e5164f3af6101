# Totals added up in a browser have tails beyond the ninth digit: sums round them, least and greatest
# and numbers of different values do not.
$CAIRN init store
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n 1,5p
$CAIRN export store profiles --format ndjson | sed 's/"profile_id":"[^"]*",//; s/"first_seen.*"identifiers"/"identifiers"/'
