# A time of the future is kept out of an import, by whatever path it comes.
ev() { printf '{"type":"track","event":"A","messageId":"%s","userId":"u","timestamp":"2099-01-01"}' "$1"; }
take() { "$CAIRN" ingest store "$@" --clock events -q --json | cut -d, -f1-5; }
codes() { "$CAIRN" quarantine list store --json | grep -o '"code":"[a-z_]*"' | sort | uniq -c | sed 's/^ *//'; }
$CAIRN init store
echo "# a file, lines, a pipe"
ev 1 > a.ndjson; take a.ndjson; ev 2 > b.ndjson; take b.ndjson --format lines; ev 3 | take -
echo "# items of a batch and of a list, and of a batch in a list"
(printf '{"batch":['; ev 4; printf ']}\n['; ev 5; printf ',{"batch":['; ev 6; printf ']}]\n') > c.json; take c.json
echo "# laid out over lines"
ev 7 | sed 's/,/,\n /g' > d.json; take d.json
echo "# a table"
printf 'type: track\nevent: A\ncolumns: {i: messageId, u: userId, t: timestamp}\n' > m.yaml
printf 'i,u,t\n8,u,2099-01-01\n' > e.csv; take e.csv --mapping m.yaml
codes
echo "# a preview, and a redrive"
ev 9 > f.ndjson; $CAIRN ingest store f.ndjson --clock events --preview | grep -c future_time
$CAIRN quarantine redrive store
$CAIRN stats store | grep -E '^(events|quarantined)'
