# What people say of their country beats --country, understood or not; it is for those who say nothing.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format google --country DE 2>/dev/null | cut -d, -f2,5,6 |
  words +4520123456 +4920123456
echo "# Meta: phone, ZIP, country"
$CAIRN export store audience everyone --format meta --country DE 2>/dev/null | cut -d, -f3,13,14 |
  words 4520123456 4920123456 1050 dk de us ch
echo "# without --country"
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f5 | tr '\n' ' '
echo
for code in XX ZZ AA Germany 1 uk el; do
  $CAIRN export store audience everyone --format google --country $code >/dev/null 2>&1
  echo "--country $code: status $?"
done
