# A number without a calling code is of the country that the person says, whatever country the identity rules have.
. "$FUNCTIONS"
$CAIRN init store -q
$CAIRN identity apply store rules.yaml -q >/dev/null
make() { printf '{"type":"identify","userId":"%s","messageId":"%s","timestamp":"2026-03-0%s","traits":%s}\n' "$@"; }
make danish 1 1 '{"phone":"20123456","address":{"country":"DK"}}' > in.ndjson
make american 2 1 '{"phone":"(415) 555-2671","country":"USA"}' >> in.ndjson
make unknown 3 1 '{"phone":"20123457","country":"XX"}' >> in.ndjson
make list 4 1 '{"phone":"20123458","country":["DK"]}' >> in.ndjson
make silent 5 1 '{"phone":"20123459"}' >> in.ndjson
make german 6 1 '{"phone":"030 123456","country":"Germany"}' >> in.ndjson
make abroad 7 1 '{"phone":"+49 20123460","country":"DK"}' >> in.ndjson
make abroad 8 2 '{"phone":"20123461"}' >> in.ndjson
make code 9 1 '{"phone":"20123462","address":{"countryCode":"DK"}}' >> in.ndjson
make code_too 10 1 '{"phone":"20123463","country_code":"DK"}' >> in.ndjson
make both 11 1 '{"phone":"20123464","countryCode":"45","country":"DK","country_code":"+45"}' >> in.ndjson
$CAIRN apply store definitions.yaml -q >/dev/null
$CAIRN ingest store in.ndjson --clock events -q >/dev/null
printf '{"type":"dance","userId":"%s","traits":{"phone":"20123456","country":"%s"}}\n' x Denmark y Germany |
  $CAIRN ingest store - --clock events -q >/dev/null
echo "# identifiers"
$CAIRN export store identifiers --format csv | grep ^phone | cut -d, -f2 | sort
numbers='+4520123456 +4920123456 +14155552671 +494155552671 +4920123457 +4920123458 +4920123459 +4930123456 +4920123460
  +4520123461 +4920123461 +4520123462 +4920123462 +4520123463 +4920123463 +4520123464 +4920123464'
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f2 | words $numbers
echo "# erased are the numbers of the one country"
$CAIRN erase store phone:+4520123456 phone:+4920123462 --yes -q >/dev/null
$CAIRN export store identifiers --format csv | grep ^phone | cut -d, -f2 | sort | head -3
for number in $($CAIRN quarantine list store --json | grep -o '"record":[0-9]*\|"sequence":[0-9]*' | cut -d: -f2 | sort -n); do
  $CAIRN quarantine show store "$number" --raw; echo
done
echo "# with --country"
$CAIRN export store audience everyone --format google --country AT 2>/dev/null | cut -d, -f2 |
  words $numbers +4320123459 +4320123457
echo "# as Meta's SDK has it"
$CAIRN export store audience everyone --format meta --compat meta-sdk 2>/dev/null | cut -d, -f1,3 |
  words danish american unknown list silent german abroad code code_too both 4520123456 14155552671 \
    4520123462 4520123463 4520123464 20123456 4155552671 20123457 20123458 \
    4920123459 4930123456 4920123460 20123461 20123462 20123463 20123464
