# A destination's file is a plain file of its own, in a folder that exists.
$CAIRN init q -q && $CAIRN ingest q events.ndjson --clock events --apply d.yaml -q
mkdir folder real; ln -s real linked; mkfifo pipe; touch plain; ln -s plain link
add() { $CAIRN destination add q d --audience buyers --file "$1" 2>&1 | sed "s|\[/.*/|[|; s|of /.*/missing|of missing|"; }
for file in folder pipe link /dev/null missing/d.ndjson -; do add "$file"; done
echo '# in a folder named by a link'
add linked/d.ndjson
$CAIRN deliver q -q; echo "status $?"; grep -c messageId real/d.ndjson
echo '# erasing waits for a destination that is broken'
rm real/d.ndjson; ln -s ../plain real/d.ndjson
echo '{"type":"track","event":"Order Completed","messageId":"3","userId":"u2","timestamp":"2026-03-02T10:00:00Z"}' |
  $CAIRN ingest q - --clock events -q
$CAIRN erase q user_id:u1 --yes -q 2>&1 | sed "s|\[/.*/|[|"
$CAIRN erasures q
$CAIRN destination remove q d && $CAIRN erase q user_id:u1 --yes -q; echo "status $?"
echo '# never seen'
$CAIRN erase q user_id:u3 | tail -1; $CAIRN erase q user_id:u3 > out; echo "status $?"
$CAIRN erase q user_id:u1 > out; echo "status $?"
$CAIRN profile explain q user_id:u2 user_id:nobody > out; echo "status $?"
