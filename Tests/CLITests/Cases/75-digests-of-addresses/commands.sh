# An e-mail address that is a digest goes out as it is, and a digest of any kind is not a postal code.
$CAIRN init store -q
identify() { printf '{"type":"identify","userId":"%s","messageId":"%s","timestamp":"2026-03-01","traits":%s}\n' "$1" "$1" "$2"; }
digest=$(printf a@x.com | sha256sum | cut -d' ' -f1)
other=$(printf 1050 | md5sum | cut -d' ' -f1)
identify u1 "{\"email\":\"$digest\",\"firstName\":\"A\",\"lastName\":\"B\",\"country\":\"DK\",\"postalCode\":\"1050\"}" > in.ndjson
identify u2 "{\"firstName\":\"A\",\"lastName\":\"B\",\"country\":\"DK\",\"postalCode\":\"$other\"}" >> in.ndjson
printf 'audiences:\n  everyone: not performed("Never")\n' > d.yaml && $CAIRN apply store d.yaml -q > /dev/null 2>&1
$CAIRN ingest store in.ndjson --clock events -q > /dev/null
$CAIRN export store audience everyone --format google 2> /dev/null | cut -d, -f1,5,6 | sed "s/$digest/DIGEST/"
