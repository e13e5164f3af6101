# A store may be named by a link, and an input by a descriptor; neither is it made where it cannot be.
mkdir q; ln -s q ql
$CAIRN init ql -q && $CAIRN stats ql | grep '^events'
ln -s gone dangling; $CAIRN init dangling; echo "status $?"
echo '# a store inside a store'
$CAIRN init q/sub 2>&1 | sed "s| /.*/q;| q;|"
ln -s q/sub inner; mkdir q/sub; $CAIRN init inner 2> err; echo "status $?"; grep -c "inside the store" err; rmdir q/sub
echo '# pipes'
cat d.yaml | $CAIRN apply q /dev/stdin
cat d.yaml | $CAIRN apply q -
$CAIRN apply q /dev/fd/5 5< d.yaml
echo 'events: {}' | $CAIRN tracking apply q /dev/stdin -q; echo "status $?"
$CAIRN ingest q /dev/fd/6 --clock events -q 6< events.ndjson; echo "status $?"
$CAIRN ingest q - --apply /dev/stdin < d.yaml; echo "status $?"
echo '# a definition file is not an output'
mkdir defs; cp d.yaml defs/a.yaml
$CAIRN ingest q events.ndjson --apply defs --verdicts defs/a.yaml; echo "status $?"
cmp d.yaml defs/a.yaml
echo '# names'
$CAIRN ingest q evnts.ndjson; echo "status $?"
$CAIRN ingest q missing/events.ndjson; echo "status $?"
$CAIRN apply q d.yml; echo "status $?"
$CAIRN export q events --format csv --output https://example.com/x; echo "status $?"
$CAIRN apply q https://example.com/x; echo "status $?"
$CAIRN destination add q d --file https://example.com/x --audience buyers; echo "status $?"
