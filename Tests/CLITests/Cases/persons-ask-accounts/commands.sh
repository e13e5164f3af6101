# Rules about persons ask their accounts: the contacts of hot accounts, who go to an ad platform.
$CAIRN init store
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n 2p
members() { $CAIRN audience members store "$@" | grep -o 'user_id:[a-z]*' | tr '\n' ' '; echo; }
for audience in contacts_of_hot gold_contacts no_hot team_mates; do echo "$audience: $(members $audience)"; done
echo "-- the account cools down for all of its contacts"
members contacts_of_hot --as-of 2026-03-31T08:59:59.999Z
members contacts_of_hot --as-of 2026-03-31T09:00:00Z
echo "-- explained for ben, who did nothing of it"
$CAIRN audience explain store contacts_of_hot user_id:ben | sed -n '/^yes/,/^$/p'
echo "-- refused"
$CAIRN audience preview store 'any account(any member(any account(demos > 1)))' || echo "status $?"
$CAIRN audience preview store 'any member(orders > 1)' || echo "status $?"
$CAIRN audience preview store 'any account(orders > 1)' || echo "status $?"
$CAIRN audience preview store 'any acount(demos > 1)' || echo "status $?"
$CAIRN audience preview store --accounts 'any account(demos > 1)' || echo "status $?"
$CAIRN audience preview store 'member("hot_accounts")' || echo "status $?"
