# A quote that is not closed costs its own row.
. "$FUNCTIONS"
$CAIRN init store
{
  echo id,user,note
  echo '0,u0,"open'
  awk 'BEGIN {
    note = sprintf("%600s", ""); gsub(/ /, "x", note)
    for (i = 1; i <= 2000; i++) print i ",u" i "," note
  }'
} > in.csv
ingest store in.csv --mapping map.yaml
ingest store in.csv --mapping map.yaml
echo "## the last row, a row whose quote another closes, and quotes of all cells"
printf 'id,user,note\n1,u1,x\n2,"u2,y' | ingest store - --mapping map.yaml --source last
printf 'id,user,note\n1,u1,"x\n2,u2,"y"\n3,u3,z\n' | ingest store - --mapping map.yaml --source pair
printf '"id","user","note"\n"1","u1","x\n"2","u2","y"\n"3","u3","two\nlines"\n' > all.csv
ingest store all.csv --mapping map.yaml --source all --verdicts v
cut -d, -f2-4 v
gzip -c all.csv | ingest store - --mapping map.yaml --source all
$CAIRN ingest store all.csv --mapping map.yaml --preview --source new | sed -n '1,6p'
echo "## a header"
printf 'id,user,"note\n1,u1,x\n' | ingest store - --mapping map.yaml
$CAIRN stats store | grep -E '^(events|quarantined)'
