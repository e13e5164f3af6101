# An account's values do not stand under the persons' columns, and an account is not delivered as a person.
$CAIRN init store >/dev/null
$CAIRN apply store definitions.yaml >/dev/null
$CAIRN ingest store in.ndjson --clock events >/dev/null
for what in profiles accounts; do
  $CAIRN export store $what --format csv | cut -d, -f5-
done
ids() { sed 's/"\(messageId\|profile_id\|computation_id\|space_id\)":"[0-9a-f]*"/"\1":"…"/g'; }
mkdir there
$CAIRN destination add store crm --file crm.ndjson --audience big --audience buyers
$CAIRN destination add store away --file there/away.ndjson --audience big
$CAIRN destination add store web --file web.ndjson --audience big --form identify
rmdir there
# Each destination is served, whatever becomes of the others.
$CAIRN deliver store 2>err
echo "status $?"
sed 's/ \[.*\]//' err
ids <crm.ndjson
ids <web.ndjson
mkdir there
$CAIRN deliver store --json
ids <there/away.ndjson
$CAIRN changes store --after 0 | sed 's/[0-9a-f]\{32\}/ID/; s/  */ /g'
