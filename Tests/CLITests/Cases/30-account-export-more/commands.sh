# Persons and accounts are two exports, each with columns of its own: more traits of one do not matter.
cat >definitions.yaml <<'Y'
traits:
  orders: count("Order")
audiences:
  everyone: count(*) >= 0
accounts:
  traits:
    seats: count over members(true)
    tier: traits.tier
    n: count(*)
  audiences:
    gold: traits.tier = "gold"
Y
printf '%s\n' \
  '{"type":"group","messageId":"1","userId":"u1","groupId":"acme","timestamp":"2026-01-01T00:00:01Z","traits":{"tier":"gold"}}' \
  '{"type":"group","messageId":"2","userId":"u2","groupId":"initech","timestamp":"2026-01-01T00:00:02Z","traits":{"tier":"free"}}' >in.ndjson
$CAIRN init store >/dev/null
$CAIRN apply store definitions.yaml >/dev/null
$CAIRN ingest store in.ndjson --clock events >/dev/null
for what in profiles accounts; do
  $CAIRN export store $what --format csv | sed 's/^[0-9a-f]\{32\},/ID,/' | cut -d, -f1,5-
  $CAIRN export store $what --format ndjson | sed 's/"profile_id":"[0-9a-f]*",//; s/"first_seen.*"identifiers"/"identifiers"/'
done
# An audience of accounts, as it is.
$CAIRN export store audience gold --format csv | sed 's/^[0-9a-f]\{32\},/ID,/'
# Ad platforms match persons.
$CAIRN export store audience gold --format google 2>&1
echo "status $?"
$CAIRN export store audience everyone --format google --suppress gold 2>&1
echo "status $?"
