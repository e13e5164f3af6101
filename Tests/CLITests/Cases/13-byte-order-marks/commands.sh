# A byte order mark is skipped in each form, also where files with one have been joined.
. "$FUNCTIONS"
$CAIRN init store
ingest store in.ndjson
$CAIRN quarantine redrive store
ingest store batch.json
ingest store batch.json --format batch --source again
ingest store in.csv --mapping map.yaml
cat in.ndjson batch.json in.ndjson | ingest store - --source joined
ingest store in.ndjson batch.json --source several
gzip -c in.ndjson | ingest store - --source packed
ingest store in.ndjson --format lines --source forced
$CAIRN export store identifiers --format csv | cut -d, -f1,2
