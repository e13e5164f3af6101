# A quote that is forgotten costs its own row, whatever closes it further down.
printf 'type: track\nevent: E\ncolumns: {u: userId, n: properties.note, a: {to: properties.amount, type: number}}\n' > m.yaml
$CAIRN init store
table() {
  printf 'u,n,a\nu0,"plain,0\n'
  awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "u%d,x,%d\n", i, i }'
  printf '%s\nw2,y,2\n' "$2"
}
try() {
  number=$((number + 1))
  table "$1" "$2" | $CAIRN ingest store - --mapping m.yaml --source "s$number" --verdicts v -q --json | cut -d, -f1-5
  grep -o '"verdict":"quarantined".*' v | sed 's/"sequence":[0-9]*,//; s/.*"row /  row /; s/;.*//'
}
number=0
echo "# a row that closes it and is at fault itself"
try 3000 'w,""", he said",1'
try 3000 'w,""",""'
try 3000 'w,5",1,2'
try 3000 'w,5"'
echo "# a row that closes it, so that both would be one row of too many bytes, or with a wrong cell"
try 3000 'w,5",1'
try 3 'w,5",x'
echo "# nothing closes it"
try 3 'w,y,1'
echo "# a cell of several lines is believed, also where another cell is wrong"
printf 'u,n,a\nv,"Dear all,\nthis is\na text",1\nv,"Dear all,\nthis is\na text",x\n' > in.csv
$CAIRN ingest store in.csv --mapping m.yaml --source text --json | cut -d, -f1-5
echo "# without a header"
printf 'type: track\nevent: E\nheader: false\ncolumns: {"#1": userId, "#2": properties.note}\n' > m.yaml
{ printf 'a,"b\n'; awk 'BEGIN { for (i = 1; i <= 9; i++) printf "u%d,x\n", i }'; printf 'w,5",1\n'; } > in.csv
$CAIRN ingest store in.csv --mapping m.yaml --source bare --json | cut -d, -f1-5
