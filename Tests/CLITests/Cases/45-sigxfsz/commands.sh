# A limit on the size of files is an error with a sentence, whatever the signal is set to.
$CAIRN generate --events 5000 --output in.nd -q; $CAIRN init s
run() { "$@" > out 2>&1; status=$?; sed 's/for [0-9]* more/for N more/' out; echo "status $status"; }
(ulimit -f 1000; run $CAIRN ingest s in.nd --clock events)
(trap '' XFSZ; ulimit -f 1000; run $CAIRN ingest s in.nd --clock events)
echo '== outputs'
(ulimit -f 100; $CAIRN generate --events 5000 --output big.nd; echo "status $?")
(ulimit -f 100; $CAIRN generate --events 5000 --output - > big.nd; echo "status $?")
(ulimit -f 0; $CAIRN init t; echo "status $?")
ls -A | grep -v -e '^big.nd$'
echo '== without the limit the store goes on'
$CAIRN ingest s in.nd --clock events | sed -n 2,3p
$CAIRN verify s --json | sed 's/.*"sound"/"sound"/'
