# Every reading command answers for the same instant, and says which.
cat >definitions.yaml <<'Y'
traits:
  n: count("A", last 2w)
audiences:
  recent: performed("A", last 36 hours)
  calm: not performed("A", last 36 hours) and time_since_last("A") < 20 days
Y
cat >in.ndjson <<'J'
{"type":"track","event":"A","messageId":"1","userId":"u1","timestamp":"2024-03-01T10:00:00Z"}
{"type":"track","event":"A","messageId":"2","userId":"u2","timestamp":"2024-03-03T10:00:00Z"}
J
echo 'audiences: {recent: "performed(\"A\", last 14d)"}' >new.yaml
$CAIRN init store
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events >/dev/null

ask() {
  $CAIRN audience list store "$@"
  $CAIRN audience show store recent --json "$@" | grep -o '"members".*'
  $CAIRN audience preview store 'performed("A", last 36 hours)' --json "$@" | grep -o '"members.*as_of":"[^"]*"'
  $CAIRN audience diff store recent calm --json "$@" | grep -o '"first.*as_of":"[^"]*"'
  $CAIRN audience explain store recent user_id:u2 --json "$@" | grep -o '"member":[a-z]*\|"as_of":"[^"]*"'
  $CAIRN trait explain store n user_id:u1 --json "$@" | grep -o '"as_of":"[^"]*"'
  $CAIRN profile show store user_id:u1 --json "$@" | grep -o '"as_of":"[^"]*"\|"n":[0-9]'
  $CAIRN plan store new.yaml "$@" | tail -2
  $CAIRN export store audience recent --format csv --output recent.csv "$@"
  $CAIRN export store profiles --format csv --output profiles.csv "$@"
}
echo "## the logical now of an import"
ask
$CAIRN stats store | grep '^logical now\|^as of\|^clock'
echo "## a later instant"
ask --as-of 2024-03-04T22:00:00Z
echo "## an earlier one: the members are known, the rest is not"
$CAIRN audience list store --as-of 2024-03-02
$CAIRN audience members store recent --as-of 2024-03-02 --json | grep -o '"identifiers":\[[^]]*\]'
$CAIRN export store audience recent --format csv --as-of 2024-03-02 | cut -d, -f4
$CAIRN profile show store user_id:u1 --as-of 2024-03-02 || echo "status $?"
$CAIRN audience preview store 'performed("A")' --as-of 2024-03-02 || echo "status $?"
$CAIRN plan store new.yaml --as-of 2024-03-02 || echo "status $?"
$CAIRN export store events --format csv --as-of 2024-03-02 2>&1 | head -1
echo "## time passes, up to now by default"
$CAIRN tick store --at 2024-03-05
$CAIRN tick store --at 2024-03-04 || echo "status $?"
$CAIRN tick store | sed 's/20[0-9:T.Z -]*/NOW/'
$CAIRN audience list store --json | sed 's/"20[0-9:T.Z-]*"/NOW/g'
echo "## the machine's clock"
$CAIRN init live >/dev/null
$CAIRN apply live definitions.yaml >/dev/null
$CAIRN ingest live in.ndjson >/dev/null
$CAIRN audience list live --json | sed 's/"20[0-9:T.Z-]*"/NOW/g'
$CAIRN audience preview live 'performed("A", last 36 hours)' | sed -n 1,2p
$CAIRN stats live | grep '^clock'
