# What was probably meant, and what cannot be answered.
$CAIRN init q -q && $CAIRN ingest q events.ndjson --clock events --apply d.yaml -q
$CAIRN --store q; echo "status $?"
$CAIRN --store q help | head -1
$CAIRN help ingst; echo "status $?"
$CAIRN help account shw; echo "status $?"
$CAIRN account help show --store q | head -1
$CAIRN account show q akme; echo "status $?"
$CAIRN account show q nothing-like-it; echo "status $?"
$CAIRN export q people --format csv; echo "status $?"
$CAIRN export q event --format csv; echo "status $?"
$CAIRN profile find q --trait plna=pro; echo "status $?"
$CAIRN audience diff q buyers ordering; echo "status $?"
$CAIRN audience explain q ordering user_id:u1; echo "status $?"
$CAIRN audience explain q buyers group_id:acme; echo "status $?"
$CAIRN export q audience ordering --format google --country US; echo "status $?"
$CAIRN quarantine list q --code what; echo "status $?"
$CAIRN quarantine list q --limit 1 --json | grep -o '"more":.*'
echo '# of which instant'
$CAIRN init empty -q; $CAIRN audience list empty --as-of 2026-03-05
for command in 'account list q' 'account show q acme' 'profile find q --prefix user_id:u' 'audience members q buyers'; do
  $CAIRN $command --as-of 2026-03-05 --json | grep -o '"as_of":"[^"]*"'
done
$CAIRN audience members q buyers --as-of 2026-02-01
$CAIRN account list q --as-of 2026-02-01; echo "status $?"
$CAIRN stats q | grep -E '^(profiles|accounts) +[0-9]+$'
$CAIRN account show q acme | grep '^events\|^group_id'
