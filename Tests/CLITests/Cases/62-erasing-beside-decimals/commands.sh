# Decimals in quarantined lines are looked at like everything else when somebody is erased.
$CAIRN init store
printf '%s\n' '{"type":"group","userId":"u1","x":1.5,"y":"9.99"}' '12.50 EUR {' \
  '{"type":"track","event":"A","messageId":"1","userId":"u2","timestamp":"2024-01-01T00:00:00Z"}' \
  '{"type":"track","messageId":"2","userId":42.0}' > in.ndjson
$CAIRN ingest store in.ndjson --clock events -q; echo "status $?"
$CAIRN erase store user_id:u2 --yes | grep -E 'events|quarantined'
$CAIRN ingest store in.ndjson --clock events | grep -E 'accepted|quarantined|rejected'
$CAIRN ingest store in.ndjson --preview | head -5
$CAIRN quarantine list store --json | grep -o '"code":"[^"]*"'
$CAIRN verify store --replay | grep sound
