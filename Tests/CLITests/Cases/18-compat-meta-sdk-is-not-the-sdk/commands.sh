# As facebook_business CustomAudienceMixin makes it; tools/suite-meta compares every field.
. "$FUNCTIONS"
make_store
$CAIRN export store audience everyone --format meta --compat meta-sdk 2>/dev/null | cut -d, -f1,3- |
  words 94043 california "sw1a 1aa" pl us gb valry oneilljr w 1890 05 07 0301234 sopaulo dc v ge m 00 jose
