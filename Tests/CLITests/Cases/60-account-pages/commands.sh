# What was sent of persons and accounts, an account imported without a user, and how to find a person.
ids() { sed -E 's/[0-9a-f]{32}/ID/g'; }
$CAIRN init store
$CAIRN ingest store events.ndjson --clock events --verdicts v >/dev/null; cut -d'"' -f 4- v | grep -c accepted
$CAIRN apply store definitions.yaml
echo "# a person"; $CAIRN profile show store user_id:u1 --events 3 | ids
echo "# an account"; $CAIRN account show store acme --events 4 | ids
echo "# accounts"; $CAIRN account list store | ids
$CAIRN account list store --limit 1 --json | ids
for question in "--prefix email:AD" "--trait plan=pro" "--trait address.city=Berlin" "--trait vip=true" \
  "--rule orders>=0 --limit 1" "--rule orders>=0 --after 3" "--trait plan=pro --rule orders>=2" "--rule ordersx>=0" \
  "--prefix nix:a" ""; do
  echo "# find $question"; $CAIRN profile find store $question | ids
done
$CAIRN account show store zzz; echo "status $?"
$CAIRN verify store --replay | grep sound
