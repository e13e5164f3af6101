# A full stop is not a point where the comma is, and the other way round: what separates groups of three is read, all
# else is quarantined.
. "$FUNCTIONS"
$CAIRN init store
for point in comma stop plain; do
  echo "## $point"
  ingest store t.csv --mapping $point.yaml --clock events --source $point | grep -v "^t.csv:"
  $CAIRN export store events --format ndjson | grep "source\":\"$point" |
    grep -oE '"(userId|revenue)":[^,}]*' | paste -d ' ' - -
done
