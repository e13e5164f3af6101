# A command that root runs leaves a store to its owner, and a replaced output too.
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
setpriv --reuid=65534 --regid=65534 --clear-groups true || { echo "needs setpriv"; exit 77; }
mkdir home; chmod 711 .; chown 65534:65534 home
as_owner() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
as_owner test -x "$CAIRN" || { echo "the binary is out of reach for other users"; exit 77; }
as_owner $CAIRN init home/s; echo '{"type":"track","event":"E","userId":"u"}' > in.nd
as_owner $CAIRN export home/s identifiers --format csv --output home/out -q
$CAIRN ingest home/s in.nd -q; as_owner $CAIRN stats home/s | grep '^events'
$CAIRN erase home/s user_id:u --yes -q; as_owner $CAIRN stats home/s | grep '^profiles'
rm home/s/LOCK; $CAIRN compact home/s -q; as_owner $CAIRN rebuild home/s -q; echo "status $?"
$CAIRN export home/s identifiers --format csv --output home/out -q
find home ! -uid 65534 -o ! -gid 65534
# What root makes elsewhere is root's.
$CAIRN init own; find own ! -uid 0
$CAIRN export home/s identifiers --format csv --output rootout -q; stat -c %u rootout
