# A temporary file is new, private, and gone at the end, however the command ends.
$CAIRN init s; echo '{"type":"track","event":"E","userId":"u"}' > in.nd; $CAIRN ingest s in.nd -q
export_to() { timeout 20 $CAIRN export s identifiers --format csv --output "$1" -q; }
touch o.part; chmod 644 o.part; export_to o; stat -c %a o
rm o o.part; echo victim > v; ln v o.part; export_to o; cat v
rm -f o o.part; mkfifo o.part; export_to o; echo "status $?"
(umask 0; export_to p; stat -c %a p)
(umask 777; export_to q; stat -c %a q)
chmod 644 o; export_to o; stat -c %a o
mkdir gone; export_to gone/; echo "status $?"; export_to nowhere/o; echo "status $?"
echo '== signals'
# Nobody writes to the pipe, so that the command stands still with its file begun.
mkfifo input; exec 9<>input
for signal in INT TERM HUP QUIT ALRM USR1 USR2 XCPU; do
  # A shell lets its background jobs ignore SIGINT, and what is ignored stays ignored.
  # Whether it notes that it was interrupted depends on how far it has come.
  env --default-signal=INT,QUIT $CAIRN ingest s input --verdicts list -q 2>/dev/null & pid=$!
  n=0; until ls -A | grep -q '^\.cairn-' || [ $((n += 1)) -gt 5000 ]; do :; done
  kill -$signal $pid; wait $pid 2>/dev/null; echo "status $?"
done
exec 9>&-
echo '== a reader that leaves'
mkfifo pipe; (exec 3<pipe; exec 3<&-) & $CAIRN generate --events 20000 --output pipe -q; echo "status $?"
wait
(trap '' PIPE; { $CAIRN generate --events 20000 --output - 2>errors; echo "status $?" > ended; } | head -n 1 > first)
cat errors ended; wc -l < first
ls -A | sort
