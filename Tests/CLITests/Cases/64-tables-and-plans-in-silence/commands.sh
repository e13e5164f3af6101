# What is left out, or of which there is more than is shown, is said.
echo "# a header and no rows"
printf 'type: track\nevent: A\ncolumns: {i: messageId, u: userId, h: historical, t: {to: timestamp, type: date, offset: "+01:00"}}\n' > m.yaml
$CAIRN init store
printf 'i,u,h,t\n' > empty.csv; $CAIRN ingest store empty.csv --mapping m.yaml --json | cut -d, -f1
echo "# rows that end with a carriage return; an offset of dates that have none; historical"
printf 'i,u,h,t\r1,"a\rb",true,2020-01-01 12:00:00\r2,u,false,2020-01-01 12:00:00+03:00\r' > mac.csv
$CAIRN ingest store mac.csv --mapping m.yaml --clock events --verdicts v -q > /dev/null; grep -o '"time":"[^"]*","clock":"[a-z]*"' v
echo "# options that mean nothing to a type"
for column in '{to: properties.a, point: ","}' '{to: properties.a, type: number, offset: "+01:00"}' \
  '{to: timestamp, type: date, format: unix, offset: "+01:00"}' '{to: properties.a, type: bool, of: text}' \
  '{to: properties.a, format: dd.MM.yyyy}' '{to: properties.a, type: json, separator: ";"}'
do
  printf 'type: track\nevent: A\ncolumns:\n  u: userId\n  t: %s\n' "$column" > wrong.yaml
  $CAIRN ingest store mac.csv --mapping wrong.yaml
done
echo "# a plan that leaves members out"
cat > plan.yaml <<'PLAN'
violations: omit
unplanned_properties: omit
events: {E: {properties: {properties: {properties: {revenue: {type: number}, n: {type: number}}}}}}
PLAN
$CAIRN tracking apply store plan.yaml
printf '{"type":"track","event":"E","messageId":"%s","userId":"p","timestamp":"2020-01-02","properties":%s}\n' \
  e1 '{"revenue":"x","n":1,"more":2}' e2 '{"n":2}' > e.ndjson
$CAIRN ingest store e.ndjson --clock events --preview | grep -E 'omitted|messageId'
$CAIRN ingest store e.ndjson --clock events --verdicts v -q --json | grep -o '"omitted":[0-9]*'
cut -d, -f2-9 v
$CAIRN profile show store user_id:p --events 5 | grep ' track '
$CAIRN stats store | grep omitted; $CAIRN rebuild store -q; $CAIRN stats store --json | grep -o '"omitted":[0-9]*'
echo "# more events and problems than a preview shows"
(for i in 1 2 3 4 5 6 7; do printf '{"type":"track","event":"E","messageId":"m%s","userId":"p"}\n{"type":"x"}\n' $i; done
printf '{"batch":[{"type":"y"}]}\n') > many.ndjson
$CAIRN ingest store many.ndjson --preview --json | grep -oE '"more_[a-z]*":[a-z0-9]*'
$CAIRN ingest store many.ndjson --preview | grep more
printf '[{"type":"y"}]\n' | $CAIRN ingest store - --preview | tail -1
echo "# shares are rounded"
printf 'events: {E: {properties: {properties: {required: [more]}}}}\nviolations: quarantine\n' > next.yaml
$CAIRN tracking check store next.yaml | grep required
$CAIRN tracking check store next.yaml --json | grep -o '"share[^,}]*'
echo "# the end of a text under DOS; logs with JSON in them; bytes as they came"
printf 'i,u,h,t\r\n3,u,,2020-01-03\r\n\032' > dos.csv; $CAIRN ingest store dos.csv --mapping m.yaml --clock events -q --json | cut -d, -f1-4
printf '10:00, INFO, {"type":"track"}\n10:01, INFO, {"type":"track"}\n' > log.txt; $CAIRN ingest store log.txt
printf '{"a":"\377"}\n' > bytes.json; $CAIRN ingest store bytes.json --verdicts v -q > /dev/null
$CAIRN quarantine show store "$(grep -o '"sequence":[0-9]*' v | cut -d: -f2)" --raw | od -An -tx1
$CAIRN verify store --replay | grep sound
