# Digests in place of values, identifiers that no rule reads, and times with invisible characters.
. "$FUNCTIONS"
hash() { printf %s "$1" | sha256sum | cut -d' ' -f1; }
identify() { printf '{"type":"identify","userId":"%s","messageId":"%s","timestamp":"2026-03-01","traits":%s}\n' "$1" "$1" "$2"; }
$CAIRN init store
printf 'audiences:\n  everyone: not performed("Nope")\n' > d.yaml; $CAIRN apply store d.yaml -q >/dev/null
echo "# the digest of an address identifies nobody, and is what platforms match by"
name='"firstName":"Ada","lastName":"Low","country":"DE"'
{
  identify one "{\"email\":\"$(hash a@x.com | tr a-f A-F)\"}"
  identify two "{\"email\":\"jane\",\"phone\":\"$(hash +4930123456)\"}"
  identify three "{\"email\":\"c@x.com\",$name,\"postalCode\":\"$(printf %s 10115 | md5sum | cut -d' ' -f1)\"}"
  identify four "{$name,\"postalCode\":\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"}"
  identify five "{$name,\"postalCode\":\"10115\"}"
} > in.ndjson
$CAIRN ingest store in.ndjson --clock events -q >/dev/null
$CAIRN export store audience everyone --format google | words a@x.com +4930123456 c@x.com ada low
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f1-3,13 | words a@x.com +4930123456 c@x.com 10115
echo "# identifiers where no rule looks"
printf 'identifiers: [user_id: {}, phone: {}]\n' > rules.yaml
$CAIRN init other; $CAIRN identity apply other rules.yaml -q >/dev/null
{
  printf '{"type":"identify","anonymousId":"d1"}\n{"type":"identify","traits":{"phone":""}}\n'
  printf '{"type":"identify","traits":{"phone":{"n":1}}}\n{"type":"identify","userId":"u","traits":{"phone":false}}\n'
} | $CAIRN ingest other - --json
echo "# times"
printf '"\\ufeff2024-01-31T10:15:00Z"\n"\\u200e2024-01-31 10:15\\u00a0"\n"1706696100\\u200b"\n' | events_at 100 > times.ndjson
$CAIRN ingest store times.ndjson --clock events --verdicts v -q >/dev/null
grep -o '"verdict":"[a-z]*"\|"time":"[^"]*"' v
