# Google takes the postal code plain, so a digest cannot be used; Meta takes the digest as it is.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format google 2>/dev/null | cut -d, -f3- | words jane doe 94043
$CAIRN export store audience everyone --format meta 2>/dev/null | cut -d, -f9,13,14 | words jane 94043 us
