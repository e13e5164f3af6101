# A full stop is no point where the comma is, and the other way round: what separates groups of three is read, all
# else is kept aside.
ingest() { "$CAIRN" ingest "$@" --json; echo "status $?"; }
$CAIRN init store
for point in comma stop plain; do
  echo "## $point"
  ingest store t.csv --mapping $point.yaml --clock events --source $point 2> /dev/null
  $CAIRN export store events --format ndjson | grep "source\":\"$point" |
    grep -oE '"(userId|revenue)":[^,}]*' | paste -d ' ' - -
done
