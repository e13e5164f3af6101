# Persons and accounts are kept apart: by what identifies them, and by what may be asked of them.
$CAIRN init store
$CAIRN identity apply store rules.yaml >/dev/null
$CAIRN apply store definitions.yaml
$CAIRN ingest store in.ndjson --clock events | sed -n '2,/^$/p' | head -4
$CAIRN ingest store accounts.csv --mapping mapping.yaml --clock events -q
$CAIRN quarantine list store --json | grep -o '"message":"[^"]*"'
echo "-- an address of accounts is nobody's"
found() { $CAIRN profile find store "$@" --json | grep -o 'user_id:[a-z0-9]*' | tr '\n' ' '; echo; }
found --rule 'count(*) >= 0'
$CAIRN account list store | cut -c1-20
echo "-- the beginning of an identifier"
for prefix in 'email:ZOË' 'email: Zoë ' "email:$(printf 'zoe\314\210')" 'phone:030' 'phone:+49 30 12' 'phone:0049(30)' 'phone:4930' 'phone:0044 20' 'phone:020' 'phone:-' 'user_id:u'; do
  echo "$prefix: $(found --prefix "$prefix")"
done
echo "both: $(found --prefix email:zo --prefix phone:030) neither: $(found --prefix email:zo --prefix phone:+44)"
id=$($CAIRN profile show store user_id:u1 --json | grep -o '"profile_id":"[^"]*"' | head -1 | cut -d'"' -f4)
echo "id: $(found --prefix "profile_id:$(echo $id | cut -c1-12)")"
$CAIRN profile find store --prefix group_id:ac || echo "status $?"
echo "-- each condition is read for itself"
found --trait plan=pro --rule 'true or orders > 5'
$CAIRN profile find store --trait plan=pro --rule 'orders > 1) or (true' || echo "status $?"
$CAIRN profile find store --trait plan=pro --rule 'ordrs > 1' || echo "status $?"
echo "-- a person is not an account"
$CAIRN account show store profile_id:$id 2>&1 | sed 's/profile_id:[0-9a-f][0-9a-f]*/profile_id:ID/'
$CAIRN profile merge store profile_id:$id user_id:u2 2>&1 | sed 's/profile_id:[0-9a-f][0-9a-f]*/profile_id:ID/'
$CAIRN profile explain store user_id:u1 group_id:acme | grep 'person and'
$CAIRN profile explain store group_id:gamma user_id:u1 | grep 'person and'
$CAIRN profile show store user_id:u1 --accounts 1 --json | grep -o '"accounts_total":[0-9]*\|group_id:[a-z]*'
echo "-- suppression"
$CAIRN destination add store d --file out.ndjson --audience everybody --suppress gold || echo "status $?"
$CAIRN destination add store d --file out.ndjson --audience gold --suppress everybody || echo "status $?"
$CAIRN destination add store d --file out.ndjson --audience gold --audience everybody --suppress quiet || echo "status $?"
echo "-- traits and audiences"
$CAIRN audience preview store 'traits.tier = "gold"' >/dev/null
$CAIRN audience preview store --accounts 'traits.plan = "pro" or any member(traits.plan = "pro")' >/dev/null
$CAIRN audience preview store 'any account(traits.tier = "gold")' >/dev/null
$CAIRN audience preview store 'everybody' || echo "status $?"
$CAIRN audience preview store 'member("orders")' || echo "status $?"
echo "-- a definition in force that no longer makes sense"
$CAIRN apply store changed.yaml || echo "status $?"
