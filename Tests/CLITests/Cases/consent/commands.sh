# Consent from the answer to the message that is not sent.
$CAIRN init store -q
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n 1p
echo "-- categories"
$CAIRN consent list store
$CAIRN audience list store
echo "-- a person"
$CAIRN consent show store user_id:u1 | grep -v "profile id"
$CAIRN consent at store user_id:u1 2026-03-02T00:00:00Z | grep -v "profile id"
echo "-- a destination"
$CAIRN destination add store crm --file crm.ndjson --audience buyers --consent "ad storage"
$CAIRN destination add store crm2 --file crm2.ndjson --audience buyers --consent "ad storge" || echo "status $?"
$CAIRN destination add store crm2 --file crm2.ndjson --audience firms --consent "ad storage" || echo "status $?"
$CAIRN consent set store user_id:u2 "ad storage=no" --time 2026-03-05T00:00:00Z
$CAIRN deliver store
grep -o '"event":"[^"]*","userId":"[^"]*"\|"event":"[^"]*"\|"userId":"[^"]*"' crm.ndjson | paste -sd' '
$CAIRN consent withheld store crm | sed 's/[0-9a-f]\{32\}/PROFILE/'
echo "-- withdrawn, and given again"
$CAIRN consent set store user_id:u1 "ad storage=no" --time 2026-03-06T00:00:00Z
$CAIRN deliver store
$CAIRN consent set store email:a@example.com "ad storage=yes" --time 2026-03-07T00:00:00Z
$CAIRN consent set store user_id:u1 "ad storage=yes" --time 2026-03-07T00:00:00Z
$CAIRN deliver store
grep -c . crm.ndjson
grep -o '"event":"[^"]*"' crm.ndjson | paste -sd' '
echo "-- exports"
$CAIRN export store audience buyers --format csv --consent "ad storage" --output out.csv
$CAIRN export store audience buyers --format meta --consent "ad storage" --output out.csv | grep -v "as of"
$CAIRN export store audience buyers --format csv --consent nothing --output none.csv || echo "status $?"
$CAIRN export store profiles --format csv --consent "ad storage" 2>&1 >/dev/null | head -1
echo "-- in rules"
$CAIRN audience preview store 'consent("ad storage") and performed("Order Completed")' | head -1
$CAIRN audience preview store 'consent("ad storage", merge: newest)' || echo "status $?"
$CAIRN audience preview store 'consent("a,b")' || echo "status $?"
echo "-- wrong"
$CAIRN consent set store user_id:u1 "ad storge=no" --time 2026-03-07T00:00:00Z
$CAIRN consent set store user_id:u1 "ad storage=no" || echo "status $?"
$CAIRN consent set store user_id:u1 "ad storage=no" --time 2999-01-01T00:00:00Z || echo "status $?"
$CAIRN consent set store user_id:u1 advertising || echo "status $?"
$CAIRN consent set store user_id:u1 a=yes a=no || echo "status $?"
$CAIRN consent set store loyalty:1 a=yes --time 2026-03-07T00:00:00Z || echo "status $?"
$CAIRN consent show store user_id:nobody || echo "status $?"
$CAIRN consent show store group_id:acme || echo "status $?"
$CAIRN consent withheld store none || echo "status $?"
$CAIRN apply store wrong.yaml || echo "status $?"
$CAIRN verify store --replay | tail -1 | sed 's/[0-9a-f]\{32\}/HASH/'
