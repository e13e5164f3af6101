# A byte order mark before a table is passed over.
$CAIRN init store
printf '\357\273\277user,name\nu1,Ada\n' > in.csv
printf 'type: identify\ncolumns:\n  user: userId\n  name: traits.name\n' > map.yaml
$CAIRN ingest store in.csv --mapping map.yaml | sed -n 1p
$CAIRN export store identifiers --format csv | cut -d, -f1,2
