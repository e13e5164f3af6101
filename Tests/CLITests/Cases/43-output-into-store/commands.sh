# Nothing is written into a store but by the store: neither over its files nor among them.
$CAIRN init s; $CAIRN init other
echo '{"type":"track","event":"E","userId":"u"}' > in.nd; $CAIRN ingest s in.nd -q
ln -s s/MANIFEST link; ln -s s folder; mkdir s/sub
refused() { "$@" > out 2>&1; status=$?; sed "s|$(pwd -P)|.|; s|; .*||" out; [ $status = 3 ] || echo "status $status"; }
for f in s/MANIFEST s/log-2.seg s/ERASURE.KEY s/new s/sub/x ./s/../s/LOCK link folder/LOCK other/x; do
  refused $CAIRN export s identifiers --format csv --output $f
done
refused $CAIRN export s audience a --format meta --output s/LOCK
refused $CAIRN ingest s in.nd --verdicts s/LOCK
refused $CAIRN ingest s in.nd --rejected s/MANIFEST.tmp
refused $CAIRN generate --events 1 --output s/MANIFEST
refused $CAIRN generate --events 1 --output g --truth s/MANIFEST
refused $CAIRN quarantine redrive s --verdicts s/LOCK
refused $CAIRN export s identifiers --format csv --output /dev/fd/3 3<>s/LOCK
echo 'audiences: { a: performed("E") }' > d.yaml; $CAIRN apply s d.yaml -q
ln s/MANIFEST hard
for f in s/LOCK s/MANIFEST.tmp s/log-500.seg folder/x other/x s/sub/x hard; do
  refused $CAIRN destination add s d$f --file $f --audience a
done
# A hard link outside is another name: it gets a file of its own, and the store keeps its own.
$CAIRN export s identifiers --format csv --output hard
# An output that is an input would take the input away.
$CAIRN ingest s in.nd --rejected ./in.nd; echo "status $?"
$CAIRN generate --events 1 --output same --truth ./same; echo "status $?"
$CAIRN verify s --json | sed 's/.*"sound"/"sound"/'; ls s | grep -v -e '\.run$' -e '\.seg$'
