# In a plan in YAML, words and numbers are what stands there: Norway is not false.
. "$FUNCTIONS"
printf 'violations: quarantine\nevents:\n  E:\n    properties: {properties: {properties: {country: {enum: [de, no, se]}, tiny: {enum: [0.0000000001]}}}}\n' > plan.yaml
printf '%s\n' '{"type":"track","event":"E","messageId":"country-1","userId":"u","properties":{"country":"no"}}' '{"type":"track","event":"E","messageId":"country-2","userId":"u","properties":{"country":false}}' '{"type":"track","event":"E","messageId":"tiny-1","userId":"u","properties":{"tiny":0.0000000001}}' '{"type":"track","event":"E","messageId":"tiny-2","userId":"u","properties":{"tiny":"0.0000000001"}}' > ev.ndjson
$CAIRN init store
$CAIRN tracking apply store plan.yaml
judged ev.ndjson
echo "its neighbours"
cat > more.yaml <<'END'
events:
  E:
    properties:
      properties:
        properties:
          answer: {enum: [yes, on, y, NO]}
          really: {enum: [True, FALSE, null, ~]}
          place: {enum: [01234, 12:30:45, 1_000, +49301234567, 2026-01-01]}
          price: {const: 1.50}
    required: [userId]
  no: {}
unplanned_events: block
END
while read -r id name member; do
  printf '{"type":"track","event":"%s","messageId":"%s","userId":"u","properties":{%s}}\n' "$name" "$id" "$member"
done > more.ndjson <<'END'
accepted-1 E "answer":"yes"
accepted-2 E "answer":"NO"
accepted-3 E "really":true
accepted-4 E "really":null
accepted-5 E "place":"01234"
accepted-6 E "place":"12:30:45"
accepted-7 E "place":"1_000"
accepted-8 E "place":"+49301234567"
accepted-9 E "place":"2026-01-01"
accepted-10 E "price":1.5
accepted-11 no "n":1
refused-1 E "answer":true
refused-2 E "really":"True"
refused-3 E "place":1234
refused-4 E "place":1000
refused-5 E "price":"1.50"
refused-6 false "n":1
END
$CAIRN tracking apply store more.yaml
judged more.ndjson
$CAIRN tracking show store --json
