# Without /proc the arguments are those that were given; without arguments nothing is done.
[ "$(id -u)" = 0 ] || { echo "needs root for umount"; exit 77; }
unshare -m sh -c 'umount -l /proc' 2>/dev/null || { echo "needs mount namespaces"; exit 77; }
$CAIRN init s; echo '{"type":"track","event":"E","userId":"u"}' > in.nd
unshare -m sh -c "umount -l /proc; $CAIRN ingest s in.nd > o 2>&1; echo status \$?; sed -n 2p o"
unshare -m sh -c "umount -l /proc; $CAIRN export s identifiers --format csv --output /dev/fd/1 | cut -d, -f1,2"
$CAIRN stats s | grep '^events'
$CAIRN; echo "status $?"
for group in profile identity audience trait quarantine destination tracking; do
  $CAIRN $group > o 2>&1; echo "status $?"; wc -l < o
done
