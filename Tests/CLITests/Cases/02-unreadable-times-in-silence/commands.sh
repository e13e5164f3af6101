# Times that are not RFC 3339 but can be read, under both clocks and in a table.
for clock in events system; do
  $CAIRN init store-$clock >/dev/null
  $CAIRN apply store-$clock definitions.yaml >/dev/null
  echo "## --clock $clock"
  $CAIRN ingest store-$clock in.ndjson numbers.ndjson --clock $clock --verdicts verdicts.ndjson |
    sed '/ events\/s, in /d'
  cut -d, -f6-9 verdicts.ndjson
  $CAIRN profile show store-$clock user_id:u1 --json | grep -o '"traits":{"n30":[01]}'
done
echo "## tables: a column without type, and one of type date"
$CAIRN ingest store-events orders.csv --mapping map.yaml --clock events --verdicts verdicts.ndjson \
  >/dev/null
cut -d, -f6-7 verdicts.ndjson
sed 's/ts: timestamp/ts: {to: timestamp, type: date}/' map.yaml >dated.yaml
printf 'id,user,ts\n2,u9,1704272400\n3,u9,"Wed, 03 Jan 2024 10:00:00 +0100"\n4,u9,01/02/2024\n' >b.csv
$CAIRN ingest store-events b.csv --mapping dated.yaml --clock events --verdicts verdicts.ndjson \
  >/dev/null 2>&1
cut -d, -f4,6-7 verdicts.ndjson

echo "## the forms of databases and languages: all of them one instant"
sh forms.sh >forms.ndjson
$CAIRN init forms >/dev/null
$CAIRN ingest forms forms.ndjson --clock events --json | grep -o '"accepted":[0-9]*\|"times":{[^}]*}'

echo "## what cannot be read, or lies in the future, is quarantined and moves no time"
sh bad.sh >bad.ndjson
$CAIRN ingest forms bad.ndjson --clock events --verdicts verdicts.ndjson >/dev/null 2>errors.txt
head -2 errors.txt
echo "status $($CAIRN ingest forms bad.ndjson --clock events >/dev/null 2>&1; echo $?)"
grep -o '"code":"[a-z_]*","field":"[a-zA-Z]*"' verdicts.ndjson | sort | uniq -c | sed 's/^ *//'
$CAIRN stats forms | grep '^logical now\|^as of\|^clock\|^quarantined'
$CAIRN quarantine redrive forms
$CAIRN verify forms --replay | grep sound

echo "## under the machine's clock it counts from its receipt, and the status is 1"
$CAIRN init bad >/dev/null
$CAIRN ingest bad bad.ndjson --json >summary.json 2>errors.txt
echo "status $?"
head -1 errors.txt
grep -o '"undated":.*"out_of_order":[0-9]*' summary.json
$CAIRN stats bad --json | grep -o '"undated":.*"out_of_order":[0-9]*'
$CAIRN ingest bad bad.ndjson --source again --preview --json 2>/dev/null |
  grep -o '"undated":.*"out_of_order":[0-9]*'
