# What is left of an erased value in the files of a store, as they are and in its events.
left() {
  for text in am@example AM@example K-4711 card-88 2345678 tablet-1; do
    grep -aq "$text" "$1"/* && echo "$text is in a file"
    $CAIRN export "$1" events --format ndjson 2>&1 | grep -q "$text" && echo "$text is in an event"
  done
  echo "looked"
}
figures='persons|events|quarantined|records.blanked'

echo "# two persons, kept apart by the limit of one user_id"
$CAIRN init s >/dev/null
$CAIRN ingest s in.ndjson --clock events | head -2
$CAIRN erase s user_id:B
$CAIRN erase s user_id:B --yes | grep -E "$figures"
$CAIRN profile show s user_id:C | grep -E '^(events|user_id|email)'
left s
echo "# every kind of identifier shared"
$CAIRN init t >/dev/null
$CAIRN identity apply t rules.yaml
$CAIRN ingest t shared.ndjson --clock events 2>/dev/null | grep -E 'accepted|quarantined  '
$CAIRN erase t user_id:B
$CAIRN erase t user_id:B --yes | grep -E "$figures"
$CAIRN erasures t --json | tr ',' '\n' | grep -E "$figures"
left t
$CAIRN export t identifiers --format csv | cut -d, -f1,2
$CAIRN quarantine show t 10 | grep dance
echo "# sent again"
$CAIRN ingest t shared.ndjson --clock events --verdicts v 2>/dev/null | grep -E 'accepted|duplicate|rejected  |without'
sed -E 's/.*("line":[0-9]+).*"verdict":("[a-z]+").*/\1 \2/' v
grep -c '"same_content":true' v
echo "# new"
$CAIRN ingest t later.ndjson --clock events --preview --json | tr '{' '\n' | head -2
$CAIRN ingest t later.ndjson --clock events --verdicts v --json 2>/dev/null | tr ',' '\n' | grep -E 'accepted|quar|reje|erased'
sed -E 's/,"message":"[^"]*"//' v
left t
echo "# one identifier alone"
$CAIRN erase t card:card-99 --alone | grep -E "$figures"
$CAIRN erase t card:card-99 --alone --yes | grep -E "$figures"
$CAIRN verify t --replay | grep sound
