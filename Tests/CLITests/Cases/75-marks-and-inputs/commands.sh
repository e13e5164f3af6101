# Byte order marks, wherever programs leave them; and inputs that are refused, after others.
mark=$(printf '\357\273\277')
event() { printf '{"type":"track","event":"E","userId":"%s","messageId":"%s"}\n' "$1" "$1"; }
$CAIRN init store
ingest() { $CAIRN ingest store "$@" --json -q | cut -d, -f1-5; }
echo "# two marks, and a file of nothing but a mark before another"
{ printf %s "$mark$mark"; event a; event b; printf %s "$mark$mark"; event c; } > in.ndjson; ingest in.ndjson
{ printf '%s\n%s' "$mark" "$mark"; event d; } > in.ndjson; ingest in.ndjson
{ printf '%s[%s' "$mark$mark" "$mark$mark"; event e; printf ',%s' "$mark$mark"; event f; printf ']'; } > in.json; ingest in.json
echo "# in tables, before the header and before rows"
printf 'type: track\nevent: E\ncolumns: {u: userId, n: messageId}\n' > m.yaml
printf '%su,n\n%sg,g\n%s"h",h\n%s\n' "$mark$mark" "$mark" "$mark$mark" "$mark" > in.csv; ingest in.csv --mapping m.yaml
$CAIRN export store identifiers --format csv | grep user_id | cut -d, -f2 | sort | tr '\n' ' '; echo
echo "# an input that is refused after one that came in"
event i > good.ndjson
iconv -f UTF-8 -t UTF-16 good.ndjson > wide.ndjson
$CAIRN ingest store good.ndjson wide.ndjson -q; echo "status $?"
$CAIRN ingest store good.ndjson nofile -q; echo "status $?"
$CAIRN ingest store wide.ndjson -q; echo "status $?"
echo "# a dump of MongoDB, which is not text in UTF-32; a table of one column"
printf '\026\000\000\000\002a\000\006\000\000\000hello\000\000\000\000' > dump.bson; $CAIRN ingest store dump.bson
printf '\026\000\000\000\020\001\000' > other; $CAIRN ingest store other
printf 'userId\nu1\n' > one.csv; $CAIRN ingest store one.csv; echo "status $?"
