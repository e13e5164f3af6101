# Devices, pipes and links are written through or refused, never replaced.
[ "$(id -u)" = 0 ] || { echo "needs root for mknod"; exit 77; }
mkdir dev
for n in null rej gen truth dst; do mknod -m 666 dev/$n c 1 3 || { echo "needs mknod"; exit 77; }; done
mknod -m 600 dev/disk b 7 200 || { echo "needs mknod"; exit 77; }
mkfifo dev/fifo dev/verdicts; touch dev/target; ln -s target dev/link; ln -s absent dev/dangling
ln -s ../dev/null dev/tonull; mkdir dev/folder; ln -s folder dev/tofolder
$CAIRN init s; $CAIRN apply s definitions.yaml; $CAIRN ingest s in.ndjson --clock events -q
export_audience() { $CAIRN export s audience a --format csv --output "$1"; }
# The instant of a store whose last input came in under the clock of the machine.
no_instant() { sed 's/, as of .*//'; }
for n in null link dangling tonull disk folder tofolder; do export_audience dev/$n; echo "status $?"; done
cat dev/fifo > read & export_audience dev/fifo; wait; wc -l < read
cut -d, -f3 dev/target; cut -d, -f3 dev/absent
echo '== ingest'
cat dev/verdicts > read & $CAIRN ingest s in.ndjson --rejected dev/rej --verdicts dev/verdicts -q; wait; wc -l < read
echo '== generate'
$CAIRN generate --events 1 --output dev/gen --truth dev/truth -q
echo '== destination'
for n in dst fifo link dangling; do
  $CAIRN destination add s d --file dev/$n --audience a 2>&1 | sed 's/ \[.*//'
done
echo '== standard output'
export_audience /dev/stdout 2>notes | head -n 1; no_instant <notes
export_audience - 2>/dev/null | wc -l
export_audience /dev/fd/3 3>third 2>/dev/null | no_instant; wc -l < third
ln -s /proc/self/fd/1 out; export_audience out 2>/dev/null | wc -l
export_audience /dev/full; echo "status $?"
$CAIRN ingest s in.ndjson --rejected - --verdicts /dev/stdout; echo "status $?"
ls -l dev | awk 'NR > 1 { print substr($1, 1, 1), $NF }'
