# What is compressed with gzip or Zstandard is read; what cannot be read is refused by name, before its first line.
. "$FUNCTIONS"
$CAIRN init store
echo "## compressed"
ingest store in.ndjson.gz
cat in.ndjson.gz | ingest store -
ingest store lines.ndjson.zst
cat lines.ndjson.zst lines.ndjson.zst | ingest store - --source joined
{ gzip -c lines.ndjson; gzip -c in.csv; } > two.gz
ingest store two.gz --source two
gzip -c in.csv > in.csv.gz
ingest store in.csv.gz --mapping map.yaml
gzip -c < /dev/null | ingest store -
echo "## cut short, damaged, or followed by something else"
head -c 2000 in.ndjson.gz > cut.gz
"$CAIRN" ingest store cut.gz --source cut --json > cut.json; echo "status $?"
head -c 30 lines.ndjson.zst | ingest store - --source cut
{ gzip -c lines.ndjson; echo more; } | ingest store - --source damaged
{ gzip -c lines.ndjson; head -c 100 /dev/zero; } | ingest store - --source padded
gzip -c in.ndjson.gz | ingest store -
echo "## other encodings"
ingest store utf16.ndjson
for encoding in UTF-16LE UTF-16BE UTF-32LE UTF-32BE; do
  iconv -f UTF-8 -t $encoding lines.ndjson > wide
  ingest store wide
  iconv -f UTF-8 -t $encoding in.csv | gzip -c > wide
  ingest store wide --mapping map.yaml
done
printf '\344\004,\000\010\004\n\000' > wide
ingest store wide --mapping map.yaml
echo "## other formats"
ingest store in.csv
printf 'a;b\n1;2\n' | ingest store -
printf 'a\tb\n' | ingest store -
printf 'PK\003\004....................[Content_Types].xml' > book.xlsx
printf 'PK\003\004....................events.json' > events.zip
printf 'PAR1\025\004\025\000' > events.parquet
printf 'BZh91AY&SY\001\002' > events.bz2
printf '\3757zXZ\000\000' > events.xz
printf '<!DOCTYPE html><html>' > page.html
printf '<?xml version="1.0"?>' > events.xml
printf '\001\002\003\004' > binary
printf 'type: track\nevent: E\n' > events.yaml
for file in book.xlsx events.zip events.parquet events.bz2 events.xz page.html events.xml binary events.yaml
do
  ingest store $file
done
ingest store book.xlsx --mapping map.yaml
ingest store lines.ndjson --mapping map.yaml
$CAIRN ingest store events.zip --preview; echo "status $?"
echo "## a line that is not JSON among others is quarantined"
{ echo no JSON; cat lines.ndjson; } | ingest store -
printf 'ORCID,user\n' > orc.csv
printf 'type: page\ncolumns: {user: userId}\n' > orc.yaml
ingest store orc.csv --mapping orc.yaml
printf '\n \n' | ingest store -
$CAIRN stats store | grep -E '^(events|quarantined)'
