# Known traits are found by number; a stray control character costs no table; what was taken in is said before an error;
# time that runs ahead is pointed out.
$CAIRN init store -q
identify() { printf '{"type":"identify","userId":"%s","messageId":"%s","timestamp":"2026-03-01","traits":%s}\n' "$1" "$1" "$2"; }
identify u1 '{"score":4.50,"age":42,"tags":["vip","x"],"a.b":"x","minus":-1.5}' > in.ndjson
identify u2 '{"score":"4.5","age":"42.0","code":"1e3"}' >> in.ndjson
$CAIRN ingest store in.ndjson --clock events -q > /dev/null
find() { $CAIRN profile find store --json "$@" | grep -o '"user_id:[^"]*"' | tr '\n' ' '; echo; }
for trait in score=4.5 score=4.50 score=4.500 score=4.51 age=42 age=42.0 minus=-1.5 code=1e3 code=1000 tags=vip; do
  printf '%s: ' $trait; find --trait $trait
done
find --rule 'traits.tags contains "vip"'; find --rule 'traits."a.b" = "x"'
echo "# a table"
printf 'type: identify\ncolumns: {u: userId, n: traits.n}\n' > m.yaml
printf 'u,n\nt1,ok\nt2,a\037b\n' > t.csv
$CAIRN ingest store t.csv --mapping m.yaml --clock events -q --json | cut -d, -f1-4
$CAIRN profile show store user_id:t2 --json | grep -o '"a[^,]*b"'
printf 'u,n\nt1,\0\0\nt2,\001\002\n' > binary.csv
$CAIRN ingest store binary.csv --mapping m.yaml
echo "# a file that is not there, after one that is"
$CAIRN ingest store in.ndjson nothing.ndjson -q --clock events; echo "status $?"
$CAIRN ingest store nothing.ndjson -q --clock events; echo "status $?"
echo "# ahead of the clock"
$CAIRN tick store --at 9999-01-01; echo "status $?"
