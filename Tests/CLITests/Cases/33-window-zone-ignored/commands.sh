# A time without offset in a window with a zone is that of the zone.
cat >definitions.yaml <<'Y'
traits:
  berlin: count("A", between "2026-07-01T10:00:00" and "2026-07-01T12:00:00" in "Europe/Berlin")
  utc: count("A", between "2026-07-01T10:00:00Z" and "2026-07-01T12:00:00Z")
  explicit: count("A", between "2026-07-01T10:00:00+02:00" and "2026-07-01T12:00:00+02:00")
  day: count("A", between "2026-07-01" and "2026-07-02" in "Europe/Berlin")
  offset_wins: count("A", between "2026-07-01T10:00:00Z" and "2026-07-01T12:00:00+00" in "Europe/Berlin")
  no_zone: count("A", between "2026-07-01 10:00" and "2026-07-01 12:00")
  before: count("A", before "2026-07-01 12:00" in "Europe/Berlin")
  after: count("A", after "2026-07-01T12:00" in "Europe/Berlin")
  tokyo: count("A", after "2026-07-01T19:30" in "Asia/Tokyo")
Y
cat >in.ndjson <<'J'
{"type":"track","event":"A","messageId":"1","userId":"at_11h_berlin","timestamp":"2026-07-01T09:00:00Z"}
{"type":"track","event":"A","messageId":"2","userId":"at_13h_berlin","timestamp":"2026-07-01T11:00:00Z"}
J
$CAIRN init store
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events >/dev/null
$CAIRN export store profiles --format csv | cut -d, -f5-14
# The rules of the zone are in the log: derived again, the answers are the same.
$CAIRN rebuild store
$CAIRN export store profiles --format csv | cut -d, -f5-14 | sed 1d

echo "## missing and repeated times: from the jump on, and from the first of two"
cat >dst.yaml <<'Y'
traits:
  missing: count("B", between "2026-03-29T02:30" and "2026-03-29T03:30" in "Europe/Berlin")
  twice: count("B", between "2026-10-25T02:30" and "2026-10-25T03:00" in "Europe/Berlin")
Y
cat >dst.ndjson <<'J'
{"type":"track","event":"B","messageId":"1","userId":"00:59","timestamp":"2026-03-29T00:59:59.999Z"}
{"type":"track","event":"B","messageId":"2","userId":"01:00","timestamp":"2026-03-29T01:00:00Z"}
{"type":"track","event":"B","messageId":"3","userId":"01:30","timestamp":"2026-03-29T01:30:00Z"}
{"type":"track","event":"B","messageId":"4","userId":"oct 00:30","timestamp":"2026-10-25T00:30:00Z"}
{"type":"track","event":"B","messageId":"5","userId":"oct 01:59","timestamp":"2026-10-25T01:59:59.999Z"}
{"type":"track","event":"B","messageId":"6","userId":"oct 02:00","timestamp":"2026-10-25T02:00:00Z"}
J
$CAIRN init dst >/dev/null
$CAIRN apply dst dst.yaml
$CAIRN ingest dst dst.ndjson --clock events >/dev/null
$CAIRN export dst profiles --format csv | cut -d, -f5-7
