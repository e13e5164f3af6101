# Ids, instants of today and paths differ from run to run.
plain() {
  sed -E 's/"[0-9a-f]{32}"/"ID"/g; s/"decided_at":"20[^"]*"/"decided_at":"NOW"/g; s,"/[^"]*/crm","crm",'
}

$CAIRN init s >/dev/null
$CAIRN apply s definitions.yaml | tail -1
$CAIRN tracking apply s plan.yaml >/dev/null
$CAIRN ingest s in.ndjson --clock events 2>/dev/null | grep -E 'accepted|quarantined'
$CAIRN destination add s crm --file crm --audience buyers --consent ads
$CAIRN deliver s >/dev/null
$CAIRN profile split s anonymous_id:a1 >/dev/null
$CAIRN subject export s email:jane@example.com --output jane | sed -E 's/ +[0-9]+B$//'
for file in jane/*.ndjson; do
  echo "# $file"
  plain <"$file"
done
echo "# the index"
tr '{' '\n' <jane/index.json | grep '"name"' | cut -d, -f1-3
echo "# again"
$CAIRN subject export s user_id:u1 --output jane
echo "status $?"
echo "# what an erasure takes"
$CAIRN erase s user_id:u1 | head -6
$CAIRN erase s user_id:u1 --yes >/dev/null
$CAIRN subject export s email:jane@example.com --output gone
echo "status $?"
ls -A
